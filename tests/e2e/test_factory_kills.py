"""kill -9 of a factory build at any moment: the next reconciliation reaches the end of an undisturbed one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from groundwork.cli.demo.snapshot import differences, snapshot
from groundwork.twin.cloudbuild.history import all_builds, log_path
from groundwork.twin.core.store import Store
from tests.e2e.workplace import NOTEBOOK, Workplace, clean, eventually, notebook, processes

pytestmark = [pytest.mark.engine, pytest.mark.deep]

GRACE, ALAN = "grace@northwind.example", "alan@northwind.example"
LEDGER = "buckets/northwind-ml-dev-ledger/promotions"
ASKED = {"change", "provision", "checks", "execute", "capture", "sources", "gate", "report", "propose"}
"""Steps that are done when a person is asked."""
MADE = {"identity", "folder", "stack", "checks", "records", "compiled", "build", "results", "late", "proposal"}
"""What was made by then; stack and folder are gone again."""

Record = tuple[str, str]


def records(place: Workplace, candidate: str) -> list[Record]:
    """Return sort and key of what is written of a candidate."""
    found = []
    for file in sorted((place.twin / LEDGER / candidate).glob("*.json")):
        with suppress(ValueError):
            record = json.loads(file.read_text())
            found.append((record["type"], record["key"]))
    return found


def quick(branch: str) -> Callable[[Path], None]:
    """Return a change of the notebook to the quickest model there is, that nobody else has."""

    def change(work: Path) -> None:
        own = json.loads((work / NOTEBOOK).read_text())
        for cell in own["cells"]:
            if "parameters" in cell["metadata"].get("tags", []):
                cell["source"] = (
                    f"# {branch}\nhorizon = 12\nlevels = (80, 95)\nmodels = ('seasonal_naive',)\nwindows = 2\nstep = 2"
                )
        (work / NOTEBOOK).write_text(json.dumps(own))

    return change


def kill(place: Workplace) -> None:
    """Kill the newest build of the factory that is under way: whoever runs it, and every process group of its steps."""
    build = next(
        each for each in all_builds(Store(place.twin)) if each.status == "WORKING" and each.service_account.startswith("factory@")
    )
    (runner,) = Store(place.twin).records.execute("select pid from builds where id = ?", (build.id,)).fetchone()
    groups = set()
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.environ().get("GROUNDWORK_BUILD") == build.id:
                groups.add(os.getpgid(process.pid))
    os.kill(runner, signal.SIGKILL)
    for group in groups:
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


def killed(place: Workplace, command: list[str], folder: Path, moment: Callable[[], object]) -> None:
    """Start a command, and kill the factory's build that it leads to at a moment."""
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=folder, env=clean(), stdout=quiet, stderr=quiet):
        assert eventually(moment, 120)
        kill(place)
    assert eventually(lambda: not processes(place)), f"left: {processes(place)}"


def reconcile_twice(place: Workplace, candidate: str) -> list[Record]:
    """Reconcile twice: the second finds nothing to do. Files of the dead build are removed by both."""
    place.groundwork("reconcile")
    first = records(place, candidate)
    place.groundwork("reconcile")
    assert first == records(place, candidate)
    place.groundwork("recover", "-e", "dev")
    place.groundwork("audit", "verify")
    return first


def standing(place: Workplace, candidate: str) -> dict[str, Any]:
    listed = json.loads(place.groundwork("status", "--all", "--json").stdout)
    return next(each for each in listed if each["candidate"] == candidate)


def candidate_of(place: Workplace, work: Path) -> str:
    return f"forecasting-{place.git(work, 'rev-parse', 'HEAD').strip()[:12]}"


def groundwork_command(place: Workplace, *words: str) -> list[str]:
    return [place.python, "-P", "-m", "groundwork", *words]


def says(place: Workplace, said: str) -> bool:
    """Return whether the build that executes a candidate now has come to say something."""
    found = [each for each in all_builds(Store(place.twin)) if each.service_account.startswith("candidate-")][:1]
    return any(each.status == "WORKING" and said in log_path(Store(place.twin), each.id).read_text() for each in found)


MOMENTS: dict[str, tuple[Record, Record]] = {
    "provision: the stack is brought about": (("planned", "stack"), ("applied", "stack")),
    "checks": (("planned", "checks"), ("applied", "checks")),
    "between checks and execute": (("completed", "checks"), ("applied", "build")),
    "execute: before the first cell": (("planned", "build"), ("applied", "build")),
    "execute: the pipeline has forecast": (("planned", "build"), ("applied", "build")),
    "execute: the results are stored": (("planned", "build"), ("applied", "build")),
    "capture: the stack is destroyed": (("applied", "results"), ("reverted", "stack")),
    "gate": (("completed", "capture"), ("completed", "gate")),
    "report": (("completed", "gate"), ("completed", "report")),
    "propose": (("planned", "proposal"), ("completed", "propose")),
}
"""What is written at the moment of the kill, and what is not to be yet."""
SAID = {
    "execute: before the first cell": "executing",
    "execute: the pipeline has forecast": "select-and-predict succeeded",
    "execute: the results are stored": "store succeeded",
}
"""What the candidate's build has said by then."""


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_promotion_that_was_killed_gets_as_far_as_an_undisturbed_one_and_leaves_as_little(
    place: Workplace, moment: str
) -> None:
    branch = f"feature/kill-{list(MOMENTS).index(moment)}"
    seen, unseen = MOMENTS[moment]
    before = snapshot(place.twin, without=[branch])
    work = place.commit(branch, quick(branch))
    candidate = candidate_of(place, work)

    def reached() -> bool:
        return seen in records(place, candidate) and (moment not in SAID or says(place, SAID[moment]))

    killed(place, ["git", "push", "twin", branch], work, reached)
    assert unseen not in records(place, candidate), "killed before it"
    written = reconcile_twice(place, candidate)

    assert ASKED == {key for what, key in written if what == "completed"}
    assert MADE == {key for what, key in written if what == "applied"}
    waits = standing(place, candidate)
    assert "waiting for review" == waits["state"]
    place.groundwork("review", "reject", waits["pull_request"].removeprefix("#"), "--reason", "a trial", "--as", GRACE)
    assert "rejected" == standing(place, candidate)["state"]
    assert [] == differences(before, snapshot(place.twin, without=[branch]))


def test_a_rejection_that_was_killed_while_it_destroys_is_brought_to_its_end(place: Workplace) -> None:
    branch = "feature/kill-rejection"
    before = snapshot(place.twin, without=[branch])
    work = place.commit(branch, lambda work: (work / NOTEBOOK).write_text(notebook("raise ValueError('no sales')")))
    candidate = candidate_of(place, work)

    killed(place, ["git", "push", "twin", branch], work, lambda: ("reverted", "build") in records(place, candidate))
    assert ("reverted", "stack") not in records(place, candidate), "killed before it"
    reconcile_twice(place, candidate)

    assert "rejected" == standing(place, candidate)["state"]
    assert [] == differences(before, snapshot(place.twin, without=[branch]))


def test_a_release_that_was_killed_is_released_once(place: Workplace) -> None:
    branch = "feature/kill-release"
    place.push(branch, quick(branch))
    (first,) = json.loads(place.groundwork("status", "--json").stdout)
    place.groundwork("review", "approve", first["pull_request"].removeprefix("#"), "--reason", "good", "--as", GRACE)
    (second,) = json.loads(place.groundwork("status", "--json").stdout)
    candidate, number = second["candidate"], second["pull_request"].removeprefix("#")
    assert "release" == second["branch"]

    approve = groundwork_command(place, "review", "approve", number, "--reason", "good", "--as", ALAN)
    killed(place, approve, place.checkout, lambda: ("planned", "serving") in records(place, candidate))
    assert ("completed", "release") not in records(place, candidate), "killed before it"
    reconcile_twice(place, candidate)

    assert {"promoted"} == {standing(place, each["candidate"])["state"] for each in (first, second)}
    assert [{"candidate": candidate, "version": "1"}] == place.query("SELECT candidate, version FROM serving")
    assert [{"batches": 1, "rows_": 7 * 12}] == place.query(
        "SELECT COUNT(DISTINCT batch) AS batches, COUNT(*) AS rows_ FROM forecasts"
    )
    aliases = Store(place.twin).records.execute("select alias, version from model_aliases").fetchall()
    assert [("champion", 1)] == aliases
    assert [] == [path for path in (place.twin / "state").rglob("*") if "groundwork-candidate" in str(path) and path.is_file()]
    assert [] == list((place.twin / "buckets").glob("*-records/leases/*"))
