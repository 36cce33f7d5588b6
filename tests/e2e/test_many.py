"""Many candidates at once, half of them stopped on the way: each ends as if it were alone."""

from __future__ import annotations

import json
import random
import subprocess
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from groundwork.adapters.connect import connect
from groundwork.cli.demo.snapshot import differences, snapshot
from groundwork.twin.cloudbuild.history import all_builds
from groundwork.twin.core.store import Store
from tests.e2e.test_factory_kills import ALAN, GRACE, candidate_of, quick, records, standing
from tests.e2e.workplace import ROOT, SAMPLE, Workplace, clean, eventually

pytestmark = [pytest.mark.engine, pytest.mark.deep]

REPOSITORY = "repositories/northwind/forecasting.git"
PATIENCE = 900
MOMENTS = (
    ("started", ""),
    ("planned", "stack"),
    ("completed", "provision"),
    ("planned", "build"),
    ("completed", "execute"),
    ("completed", "gate"),
)
APPROVED = tuple(f"feature/approved-{number}" for number in range(4))
REJECTED = ("feature/superseded", "feature/cancelled", "feature/rejected-0", "feature/rejected-1")


@dataclass(frozen=True)
class Many:
    """What was live before and after, and which candidates there were by branch."""

    before: dict[str, str]
    after: dict[str, str]
    candidates: dict[str, list[str]]


@pytest.fixture(scope="module")
def place(fresh: Callable[[], Workplace]) -> Workplace:
    """A pool of eight, and a notebook on `main` that takes little time."""
    made = fresh()
    file = made.checkout / "Pulumi.dev.yaml"
    text = file.read_text()
    assert "identities: 3" in text
    file.write_text(text.replace("identities: 3", "identities: 8"))
    quick("main")(made.checkout)
    made.git(made.checkout, "commit", "--quiet", "--all", "--message", "A pool of eight, and the quickest model")
    made.groundwork("twin", "env")
    made.pulumi("up", "--stack", "dev", "--yes", "--skip-preview")
    made.groundwork("load", str(ROOT / SAMPLE))
    return made


@pytest.fixture(scope="module")
def many(place: Workplace) -> Many:
    branches = [*APPROVED, *REJECTED]
    without = [*branches, "release"]
    before = snapshot(place.twin, without=without)
    works = {branch: place.commit(branch, _note(branch)) for branch in branches}  # cloned before the rush
    ways = dict.fromkeys(APPROVED, approved) | dict(zip(REJECTED, (superseded, cancelled, rejected, rejected), strict=True))
    chance = {branch: random.Random(branch).choice(MOMENTS) for branch in branches}  # noqa: S311  no secret
    with reconciliation(place), ThreadPoolExecutor(len(branches)) as pool:
        futures = {branch: pool.submit(ways[branch], place, branch, works[branch], chance[branch]) for branch in branches}
        candidates = {branch: future.result() for branch, future in futures.items()}
    place.groundwork("reconcile")
    place.groundwork("recover", "-e", "dev")
    return Many(before, snapshot(place.twin, without=without), candidates)


def approved(place: Workplace, branch: str, work: Path, _: tuple[str, str]) -> list[str]:
    candidate = pushed(place, branch, work)
    decide(place, candidate, "approve")
    return [candidate]


def rejected(place: Workplace, branch: str, work: Path, _: tuple[str, str]) -> list[str]:
    """Reject as soon as there is a pull request: whoever proposed it has not let go of it yet."""
    pushing = push(branch, work)
    candidate = candidate_of(place, work)
    decide(place, candidate, "reject")
    pushing.wait()
    return [candidate]


def superseded(place: Workplace, branch: str, work: Path, moment: tuple[str, str]) -> list[str]:
    first = push(branch, work)
    older = candidate_of(place, work)
    assert eventually(lambda: reached(place, older, moment), PATIENCE)
    place.commit(branch, _note(branch, "again"))
    newer = pushed(place, branch, work)
    first.wait()
    decide(place, newer, "reject")
    return [older, newer]


def cancelled(place: Workplace, branch: str, work: Path, moment: tuple[str, str]) -> list[str]:
    """Cancel the build that evaluates it: whoever reconciliations next goes on."""
    pushing = push(branch, work)
    candidate = candidate_of(place, work)
    assert eventually(lambda: reached(place, candidate, moment), PATIENCE)
    cancel(place, branch)
    pushing.wait()
    place.groundwork("reconcile")
    decide(place, candidate, "reject")
    return [candidate]


def push(branch: str, work: Path) -> subprocess.Popen[bytes]:
    command = ["git", "push", "--quiet", "twin", branch]
    return subprocess.Popen(command, cwd=work, env=clean(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def pushed(place: Workplace, branch: str, work: Path) -> str:
    push(branch, work).wait()
    return candidate_of(place, work)


def reached(place: Workplace, candidate: str, moment: tuple[str, str]) -> bool:
    return any(what == moment[0] and key.startswith(moment[1]) for what, key in records(place, candidate))


def decide(place: Workplace, candidate: str, word: str) -> None:
    assert eventually(lambda: ("applied", "proposal") in records(place, candidate), PATIENCE), records(place, candidate)
    number = standing(place, candidate)["pull_request"].removeprefix("#")
    place.groundwork("review", word, number, "--reason", "a trial", "--as", GRACE)


def cancel(place: Workplace, branch: str) -> None:
    evaluate = next(each for each in all_builds(Store(place.twin)) if each.branch == branch and each.trigger)
    connect(f"twin:{place.twin}").builds.cancel(evaluate.id)


class reconciliation:  # noqa: N801  read as a verb
    """Have `groundwork reconcile` run beside, again and again."""

    def __init__(self, place: Workplace) -> None:
        self._place, self._over = place, threading.Event()
        self._thread = threading.Thread(target=self._reconcile)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _reconcile(self) -> None:
        while not self._over.wait(5):
            self._place.groundwork("reconcile", check=False)


def _note(branch: str, text: str = "a note") -> Callable[[Path], None]:
    """Return a change that conflicts with nobody's."""

    def change(work: Path) -> None:
        notes = work / "pipelines/forecasting/notes"
        notes.mkdir(exist_ok=True)
        (notes / f"{branch.replace('/', '-')}.md").write_text(f"{text}\n")

    return change


def states(place: Workplace) -> dict[str, str]:
    listed = json.loads(place.groundwork("status", "--all", "--json").stdout)
    return {each["candidate"]: each["state"] for each in listed}


def test_each_ends_as_people_decided(place: Workplace, many: Many) -> None:
    found = states(place)
    older, _ = many.candidates["feature/superseded"]

    assert {"promoted"} == {found[id_] for branch in APPROVED for id_ in many.candidates[branch]}
    assert "superseded" == found[older]
    assert {"rejected"} == {found[id_] for branch in REJECTED for id_ in many.candidates[branch] if id_ != older}


def test_what_was_approved_is_merged_once_and_nothing_else(place: Workplace, many: Many) -> None:
    merges = place.git(place.twin / REPOSITORY, "log", "--first-parent", "--merges", "--format=%s", "main..release").splitlines()
    wanted = {standing(place, id_)["pull_request"] for branch in APPROVED for id_ in many.candidates[branch]}

    assert Counter(dict.fromkeys(wanted, 1)) == Counter(line.split()[3] for line in merges)


def test_what_was_rejected_leaves_nothing_and_what_was_approved_its_records_alone(place: Workplace, many: Many) -> None:
    kept = {id_ for branch in APPROVED for id_ in many.candidates[branch]}
    release = {each["candidate"] for each in json.loads(place.groundwork("status", "--json").stdout or "[]")}
    left = [each for each in differences(many.before, many.after) if not _of(release, each)]

    assert len(release) <= 1, "only what was merged last waits on `release`"
    assert [] == [each for each in left if not _of(kept, each) or "-records/candidates/" not in each]
    assert len(release) == len(list((place.twin / "buckets/northwind-ml-dev-records/leases").glob("*.json")))


def _of(candidates: set[str], line: str) -> bool:
    return "leases/" in line or any(id_ in line or id_.replace("-", "_") in line for id_ in candidates)


def test_of_two_review_decisions_at_once_one_counts(place: Workplace, many: Many) -> None:
    assert many.candidates
    (waits,) = json.loads(place.groundwork("status", "--json").stdout)
    number = waits["pull_request"].removeprefix("#")

    said = at_once(place, *(("review", word, number, "--reason", word, "--as", ALAN) for word in ("approve", "reject")))

    assert 0 in {each.returncode for each in said}, "the other comes too late, or is the newer and counts"
    place.groundwork("reconcile")
    (counted,) = json.loads(place.groundwork("review", "show", number, "--json").stdout)["decisions"]
    assert ("promoted" if counted["approved"] else "rejected") == states(place)[waits["candidate"]]
    assert [] == list((place.twin / "buckets/northwind-ml-dev-records/leases").glob("*.json"))


def test_of_two_that_move_one_candidate_one_does_and_the_other_says_so(place: Workplace) -> None:
    branch = "feature/two-reconciliations"
    work = place.commit(branch, _note(branch))
    candidate = candidate_of(place, work)
    pushing = push(branch, work)
    assert eventually(lambda: reached(place, candidate, ("completed", "provision")), PATIENCE)
    cancel(place, branch)
    pushing.wait()

    said = at_once(place, ("reconcile",), ("reconcile",))

    assert [0, 0] == [each.returncode for each in said]
    told = [("is moving this promotion on" in each.stderr or "moves `" in each.stderr) for each in said]
    assert 1 == sum(told), [each.stderr for each in said]
    assert "waiting for review" == standing(place, candidate)["state"]
    assert 1 == Counter(records(place, candidate))["applied", "build"]
    decide(place, candidate, "reject")


def at_once(place: Workplace, *commands: tuple[str, ...]) -> list[subprocess.CompletedProcess[str]]:
    with ThreadPoolExecutor(len(commands)) as pool:
        return list(pool.map(lambda words: place.groundwork(*words, check=False), commands))
