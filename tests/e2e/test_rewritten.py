"""A candidate's identity writes over all that it may, at each record of its ledger, on the real engine: nothing changes."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from groundwork.adapters.connect import connect
from groundwork.cli.demo.snapshot import differences, snapshot
from groundwork.errors import GroundworkError
from groundwork.ports.platform import Platform
from groundwork.twin.cloudbuild.history import all_builds
from groundwork.twin.core.store import Store
from tests.e2e.test_factory_kills import ALAN, GRACE, LEDGER, candidate_of, quick, records, standing
from tests.e2e.workplace import Workplace

pytestmark = [pytest.mark.engine, pytest.mark.deep]

FORGED = b"image: attacker.example/backdoor:1"
ATTACKER = "attacker.example"
FAR = 999999.0


@dataclass
class Intruder:
    """Rewrites everything that a candidate's identity may, once for each record that comes into the candidate's ledger."""

    place: Workplace
    candidate: str
    since: tuple[str, str]
    """The record from which on it does."""
    struck: int = 0

    def outputs(self) -> dict[str, Any]:
        files = sorted((self.place.twin / LEDGER / self.candidate).glob("*.json"))
        found = [json.loads(file.read_text()) for file in files]
        return {record["key"]: record["output"] for record in found if record["type"] == "completed"}

    def run_due_jobs(self) -> None:
        done = self.outputs()
        provided = done["provision"]
        own = connect(f"twin:{self.place.twin}", identity=provided["identity"])
        builds = [each.id for each in all_builds(Store(self.place.twin)) if each.service_account == provided["identity"]]
        names = [f"executions/{build}/{name}" for build in builds for name in ("notebook.ipynb", "pipeline.yaml")]
        names += [f"runs/{run}/report.json" for run in self._runs(own, builds)]
        for name in names:
            own.objects.pipe_file(f"{provided['folder']}/{name}", FORGED)
        for run in self._runs(own, builds):
            self._rows(own, f"{provided['deployment']['dataset']}.forecasts", run)
        self.struck += 1

    def _runs(self, own: Platform, builds: list[str]) -> list[str]:
        return [run.id for run in own.runner.runs() if run.build in builds]

    def _rows(self, own: Platform, table: str, run: str) -> None:
        with suppress(GroundworkError):  # that it may not any more is what is hoped for
            query = "SELECT * EXCEPT (batch) FROM t WHERE batch = @run"
            rows = own.warehouse.query(query, tables={"t": table}, parameters={"run": run})
            if not rows.empty:
                own.warehouse.retract(table, batch=run)
                own.warehouse.append(table, rows.assign(mean=FAR, upper_80=FAR, upper_95=FAR), batch=run)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        over = threading.Event()
        thread = threading.Thread(target=self._watch, args=(over,))
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _watch(self, over: threading.Event) -> None:
        known = 0
        while not over.wait(0.02):
            found = records(self.place, self.candidate)
            if len(found) > known and self.since in found:
                self.run_due_jobs()
            known = len(found)


def kept(place: Workplace, candidate: str) -> Path:
    return place.twin / f"buckets/northwind-ml-dev-records/candidates/{candidate}"


def until(place: Workplace, candidate: str, state: str) -> None:
    """Reconciliation until a candidate has come so far: one whose folder was written to while it went is tried again."""
    for _ in range(5):
        if standing(place, candidate)["state"] == state:
            return
        place.groundwork("reconcile")
    pytest.fail(f"{standing(place, candidate)}")


def decide(place: Workplace, candidate: str, who: str) -> None:
    number = standing(place, candidate)["pull_request"].removeprefix("#")
    place.groundwork("review", "approve", number, "--reason", "good", "--as", who)


def release_of(place: Workplace) -> str:
    return next(
        str(each["candidate"]) for each in json.loads(place.groundwork("status", "--json").stdout) if each["branch"] == "release"
    )


def test_what_it_rewrites_from_the_copy_on_reaches_neither_page_nor_production(place: Workplace) -> None:
    branch = "feature/rewritten"
    work = place.commit(branch, quick(branch))
    first = Intruder(place, candidate_of(place, work), ("applied", "results"))
    with first.at_work():
        place.run("git", "push", "twin", branch, cwd=work)
    until(place, first.candidate, "waiting for review")
    page = (kept(place, first.candidate) / "report.html").read_bytes()
    with first.at_work():
        decide(place, first.candidate, GRACE)
    until(place, first.candidate, "promoted")
    second = release_of(place)
    until(place, second, "waiting for review")
    intruder = Intruder(place, second, ("applied", "results"))
    intruder.run_due_jobs()
    with intruder.at_work():
        decide(place, second, ALAN)
    assert min(first.struck, intruder.struck) > 3
    until(place, second, "promoted")

    assert page == (kept(place, first.candidate) / "report.html").read_bytes()
    assert_released(place, second)


def assert_untouched(folder: Path) -> None:
    for file in folder.rglob("*"):
        assert not file.is_file() or ATTACKER.encode() not in file.read_bytes(), file
    assert pd.read_parquet(folder / "tables/forecasts.parquet")["mean"].max() < FAR


def assert_released(place: Workplace, candidate: str) -> None:
    done = Intruder(place, candidate, ("", "")).outputs()
    folder, run = kept(place, candidate), done["execute"]["run"]
    for file in folder.rglob("*"):
        assert not file.is_file() or ATTACKER.encode() not in file.read_bytes(), file
    digests = {
        name: f"sha256:{hashlib.sha256((folder / name).read_bytes()).hexdigest()}" for name in ("pipeline.yaml", "report.html")
    }
    assert digests == {"pipeline.yaml": done["checks"]["pipeline"], "report.html": done["report"]["digest"]}
    (schedule,) = Store(place.twin).records.execute("select digest from schedules").fetchall()
    assert digests["pipeline.yaml"] == schedule[0]
    rows = pd.read_parquet(folder / "tables/forecasts.parquet")
    served = place.query("SELECT COUNT(*) AS n, MAX(mean) AS most, SUM(mean) AS sum FROM forecasts WHERE batch = @run", run=run)
    assert [len(rows), rows["mean"].max()] == [served[0]["n"], served[0]["most"]]
    assert rows["mean"].sum() == pytest.approx(served[0]["sum"])


def test_what_it_rewrites_before_the_copy_is_copied_or_not_and_measured_as_it_was_copied(place: Workplace) -> None:
    """Forecasts that far off do not pass the gate: what people get to see is what was there before."""
    branch = "feature/rewritten-early"
    before = snapshot(place.twin, without=[branch])
    work = place.commit(branch, quick(branch))
    intruder = Intruder(place, candidate_of(place, work), ("applied", "build"))
    with intruder.at_work():
        place.run("git", "push", "twin", branch, cwd=work)
    assert intruder.struck > 0
    place.groundwork("reconcile")
    found = standing(place, intruder.candidate)
    if found["state"] != "rejected":
        assert_untouched(kept(place, intruder.candidate))
        place.groundwork("review", "reject", found["pull_request"].removeprefix("#"), "--reason", "a trial", "--as", GRACE)
    assert "rejected" == standing(place, intruder.candidate)["state"]
    assert [] == [each for each in differences(before, snapshot(place.twin, without=[branch])) if "-candidates/" not in each]
