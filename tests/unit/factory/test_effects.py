"""Each effect makes something once, and retracts what is its own and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from groundwork.errors import GroundworkError
from groundwork.factory.artifacts import digest
from groundwork.factory.effects import effects
from groundwork.factory.effects.copies import Unfit
from groundwork.factory.effects.lease import Lease, NoneFree
from groundwork.factory.machine import Effect
from groundwork.factory.protocols import Fault
from groundwork.ports.builds import Submission
from groundwork.ports.errors import Conflict, Denied, Unavailable
from groundwork.ports.git_provider import Proposal
from groundwork.ports.schedules import Schedule
from tests.unit.factory.conftest import Twin
from tests.unit.factory.fakes import NOON
from tests.unit.factory.world import CANDIDATE, CANDIDATES, HERE, OWN, POOL, PROJECT, RECORDS, World

LEASES = f"{RECORDS}/leases"
PROPOSAL = {"head": "feature/x", "base": "release", "commit": "c1", "title": "Fit", "body": "ours", "author": "ada@n.example"}
SAID = {"candidate": CANDIDATE, "report": "sha256:1", "reviewers": ["grace@n.example"]}
AT = {"repository": "https://f/r.git", "secret": "projects/p/secrets/s"}
VERSION: dict[str, Any] = {"project": PROJECT, "model": "m", "key": CANDIDATE, "artifact": "gs://b/a", "labels": {}}
CHAMPION: dict[str, Any] = {"project": PROJECT, "model": "m", "alias": "champion"}
SCHEDULE = {"cron": "0 5 * * 1", "pipeline": "gs://b/p.yaml", "digest": "sha256:1", "service_account": "r@n.example"}
TABLE = f"{OWN}.forecasts"
SUBMISSION = asdict(
    Submission(
        key=CANDIDATE, project=PROJECT, region="europe-west2", repository="r", branch="b", commit="c", build={}, substitutions={},
        service_account=POOL[0],
    )
)  # fmt: skip


@pytest.fixture
def world() -> World:
    return World()


def _no_program(_: object) -> Callable[[], None]:
    return lambda: None


def effect(world: World, kind: str) -> Effect:
    return effects(world.platform, _no_program)[kind]


def lease(candidate: str = CANDIDATE, *, minutes: int = 0) -> dict[str, Any]:
    return {
        "folder": LEASES,
        "rests": f"{RECORDS}/rests",
        "identities": POOL,
        "candidate": candidate,
        "cooldown_minutes": minutes,
    }


def test_nothing_of_the_platform_is_loaded_for_effects_that_nobody_uses() -> None:
    nothing: Any = object()
    assert 11 == len(effects(nothing, _no_program))


def test_planning_changes_nothing(world: World) -> None:
    before = World().live
    for kind, wanted in {
        "lease": lease(),
        "objects": {"prefix": f"{RECORDS}/a"},
        "version": VERSION,
        "alias": {**CHAMPION, "version": "1"},
        "schedule": {"project": PROJECT, "name": "s", **SCHEDULE},
        "pull_request": {**AT, **PROPOSAL, **SAID},
        "rows": {"table": f"{HERE}.serving", "batch": "b", "rows": []},
        "batches": {"target": HERE, "batch": "b", "copies": {"forecasts": {"url": "gs://b/c", "digest": "sha256:1"}}},
        "copies": {"folder": f"{RECORDS}/a", "objects": {}},
    }.items():
        effect(world, kind).plan(**wanted)
    assert before == world.live


def test_each_candidate_leases_an_identity_of_its_own(world: World) -> None:
    pool = effect(world, "lease")
    one, two = pool.plan(**lease("c-1")), pool.plan(**lease("c-2"))
    assert [POOL[0], POOL[1], POOL[0]] == [pool.apply(intent)["identity"] for intent in (one, two, one)]
    with pytest.raises(NoneFree):
        pool.plan(**lease("c-3"))
    with pytest.raises(NoneFree):
        pool.apply(lease("c-3"))
    pool.revert(one)
    assert "" == pool.leftovers(one)
    assert f"{POOL[1]} is still leased: `gcloud storage rm {LEASES}/candidate-02.json`" == pool.leftovers(two)
    assert POOL[0] == pool.apply(lease("c-3"))["identity"]


NO_FOLDERS = (
    *("", "/a", "bucket/a", "gs://", "gs://bucket", "gs://bucket/", "gs://bucket/a/", "gs://bucket//a"),
    *("gs://b/*", "gs://b/a?", "gs://b/../c", "gs://b/./c", "gs://b/[a]"),
)


@pytest.mark.parametrize("prefix", NO_FOLDERS)
def test_no_prefix_reaches_further_than_a_folder(world: World, prefix: str) -> None:
    with pytest.raises(Conflict):
        effect(world, "objects").plan(prefix=prefix)


def test_a_folder_with_something_in_it_is_not_taken(world: World) -> None:
    world.objects.stored["bucket/a/b"] = b""
    with pytest.raises(Conflict, match="not empty"):
        effect(world, "objects").plan(prefix="gs://bucket/a")


def test_only_what_is_below_the_prefix_goes(world: World) -> None:
    folder = effect(world, "objects")
    intent = folder.plan(prefix="gs://bucket/a")
    world.objects.stored |= {"bucket/a/b": b"", "bucket/a/c/d": b"", "bucket/ab": b"", "bucket/a-b/c": b""}
    assert "2 objects below gs://bucket/a: `gcloud storage rm --recursive gs://bucket/a`" == folder.leftovers(intent)
    folder.revert(intent)
    folder.revert(intent)
    assert ({"bucket/ab", "bucket/a-b/c"}, "") == (set(world.objects.stored), folder.leftovers(intent))


def test_ten_thousand_objects_go_in_one_go(twin: Twin) -> None:
    folder = effects(twin.platform, _no_program)["objects"]
    intent = folder.plan(prefix=f"{RECORDS}/a")
    place = twin.root / "buckets" / RECORDS[5:] / "a"
    for part in range(10):
        (place / str(part)).mkdir(parents=True)
        for number in range(1_000):
            (place / str(part) / f"{number}").touch()
    assert folder.leftovers(intent).startswith("10000 objects")
    folder.revert(intent)
    assert ("", False) == (folder.leftovers(intent), place.exists())


def test_what_happens_to_objects_is_told_as_ports_do(world: World) -> None:
    folder = effect(world, "objects")
    world.clock.denied = "objects.list bucket"
    with pytest.raises(Denied):
        folder.plan(prefix="gs://bucket/a")
    world.clock.denied = None
    world.clock.unavailable_at = len(world.clock.calls) + 1
    with pytest.raises(Unavailable):
        folder.plan(prefix="gs://bucket/a")


def test_a_build_that_is_under_way_is_cancelled(world: World) -> None:
    build = effect(world, "execution")
    intent = build.plan(dataset=OWN, **SUBMISSION)
    world.stacks.up(CANDIDATE, PROJECT, lambda: None)
    assert {"build": "b0", "status": "SUCCESS", "error": ""} == build.apply(intent) == build.apply(intent)
    assert build.leftovers(intent).startswith("batch "), "a rollback retracts the rows of its runs"
    world.runner.made = []
    assert "" == build.leftovers(intent)
    world.builds.made = [replace(world.builds.made[0], finished=None, status="WORKING")]
    assert "build b0 is under way: `gcloud builds cancel b0 --region europe-west2`" == build.leftovers(intent)
    build.revert(intent)
    assert ("CANCELLED", "") == (world.builds.get("b0").status, build.leftovers(intent))


def attempt(world: World, status: str, batch: str) -> None:
    """Record a build of the candidate that ended so after its run had stored."""
    world.stacks.up(CANDIDATE, PROJECT, lambda: None)
    world.builds.submit(Submission(**SUBMISSION), lambda _: None)
    world.builds.made = [replace(world.builds.made[0], status=status)]
    world.runner.made = [replace(world.runner.made[0], id=batch)]
    world.warehouse.stored[TABLE] = {batch: pd.DataFrame(), "another's": pd.DataFrame()}


@pytest.mark.parametrize("status", ["FAILURE", "TIMEOUT", "CANCELLED", "INTERNAL_ERROR"])
def test_a_build_that_was_ended_leaves_no_batch_of_its_runs(world: World, status: str) -> None:
    """Cloud Build ends a build's programs without a word, so the notebook could not retract by itself."""
    attempt(world, status, "run-1")
    execution = effect(world, "execution")
    with suppress(Fault):
        execution.apply(execution.plan(dataset=OWN, **SUBMISSION))
    assert ["another's"] == world.warehouse.batches(TABLE)


def test_a_build_that_succeeded_keeps_its_batches_until_it_is_rolled_back(world: World) -> None:
    attempt(world, "SUCCESS", "run-1")
    execution = effect(world, "execution")
    intent = execution.plan(dataset=OWN, **SUBMISSION)
    execution.apply(intent)
    assert ["another's", "run-1"] == world.warehouse.batches(TABLE)
    statement = f"DELETE FROM `{TABLE}` WHERE batch = '\"'\"'run-1'\"'\"'"  # noqa: S608  shown to a person
    assert f"batch run-1 of {TABLE}: `bq query --use_legacy_sql=false '{statement}'`" == execution.leftovers(intent)
    execution.revert(intent)
    assert (["another's"], "") == (world.warehouse.batches(TABLE), execution.leftovers(intent))


def test_a_stack_that_cannot_be_removed_is_named(world: World) -> None:
    stack = effect(world, "stack")
    intent = stack.plan(stack="c-1", project=PROJECT, arguments={})
    assert [["gcp:bigquery/dataset:Dataset", "c-1"]] == stack.apply(intent)["resources"]
    assert "of the stack c-1: its state: `pulumi destroy --yes --remove --stack c-1`" == stack.leftovers(intent)
    stack.revert(intent)
    assert "" == stack.leftovers(intent)


TYPES = {"week": "DATE", "value": "FLOAT", "units": "INTEGER", "open": "BOOLEAN", "at": "TIMESTAMP", "price": "NUMERIC"}


def of_every_type() -> pd.DataFrame:
    weeks = pd.to_datetime(pd.Series(["2026-11-16", "2026-11-23"])).dt.date
    at = pd.Timestamp("2026-11-23T12:00:00.000001+00:00")
    return pd.DataFrame(
        {"week": weeks, "value": [1.5, None], "units": pd.array([2**62 + 1, None], "Int64"),
         "open": pd.array([True, None], "boolean"), "at": [at, None], "price": [Decimal("1.5"), None]}
    )  # fmt: skip


def copied(twin: Twin, source: str, *, batch: str) -> dict[str, dict[str, str]]:
    """Return a batch's copy as `batches` takes it."""
    dataset, _, table = source.rpartition(".")
    copies = effects(twin.platform, _no_program)["copies"]
    intent = copies.plan(folder=f"{RECORDS}/c-1", objects={}, dataset=dataset, tables=(table,), batch=batch)
    (digest,) = copies.apply(intent)["tables"].values()
    return {table: {"url": f"{RECORDS}/c-1/tables/{table}.parquet", "digest": digest}}


def test_batches_are_written_from_their_copies_on_the_twin_and_retracted(twin: Twin) -> None:
    source, target = twin.table("c_1", "forecasts", TYPES), twin.table("forecasting", "forecasts", TYPES)
    warehouse = twin.platform.warehouse
    warehouse.append(source, of_every_type(), batch="r1")
    warehouse.append(target, of_every_type(), batch="r0")

    batches = effects(twin.platform, _no_program)["batches"]
    intent = batches.plan(target=f"{PROJECT}.forecasting", batch="r1", copies=copied(twin, source, batch="r1"))
    assert {"rows": {"forecasts": 2}} == batches.apply(intent) == batches.apply(intent)
    query = "SELECT * FROM t WHERE batch = 'r1' ORDER BY week"
    written, there = (warehouse.query(query, tables={"t": table}) for table in (target, source))
    pd.testing.assert_frame_equal(there, written)
    way = (
        "`bq query --use_legacy_sql=false 'DELETE FROM `northwind-ml-dev.forecasting.forecasts` WHERE batch = '\"'\"'r1'\"'\"''`"
    )
    assert f"batch r1 of {target}: {way}" == batches.leftovers(intent)
    batches.revert(intent)
    batches.revert(intent)
    assert (["r0"], "") == (warehouse.batches(target), batches.leftovers(intent))


def test_a_copy_that_is_not_what_it_was_is_not_written(twin: Twin) -> None:
    source, target = twin.table("c_1", "forecasts", TYPES), twin.table("forecasting", "forecasts", TYPES)
    twin.platform.warehouse.append(source, of_every_type(), batch="r1")
    batches = effects(twin.platform, _no_program)["batches"]
    intent = batches.plan(target=f"{PROJECT}.forecasting", batch="r1", copies=copied(twin, source, batch="r1"))
    with twin.objects.open(intent["copies"]["forecasts"]["url"], "wb") as file:
        file.write(twin.platform.warehouse.export(source, batch="another", rows=1, size=1))
    with pytest.raises(GroundworkError, match="was changed after it was copied"):
        batches.apply(intent)
    assert [] == twin.platform.warehouse.batches(target)


def test_a_batch_that_is_there_already_is_somebody_elses(twin: Twin) -> None:
    """A candidate chooses how its run is called: rows that it never stored would be released as its own."""
    source, target = (twin.table(dataset, "forecasts", TYPES) for dataset in ("c_1", "forecasting"))
    for table in (source, target):
        twin.platform.warehouse.append(table, of_every_type(), batch="r1")
    with pytest.raises(Conflict, match="has a batch r1 already"):
        effects(twin.platform, _no_program)["batches"].plan(
            target=f"{PROJECT}.forecasting", batch="r1", copies=copied(twin, source, batch="r1")
        )


def test_rows_of_every_type_are_written_on_the_twin_and_retracted(twin: Twin) -> None:
    columns = {"version": "STRING", "number": "INTEGER", "day": "DATE", "since": "TIMESTAMP", "until": "TIMESTAMP"}
    table = twin.table("forecasting", "serving", columns)
    row = {"version": "2", "number": 7, "day": "2026-11-23", "since": "2026-11-23T12:00:00+00:00", "until": None}
    rows = effects(twin.platform, _no_program)["rows"]
    intent = rows.plan(table=table, batch="c-1", rows=[row])
    rows.apply(intent)
    rows.apply(intent)
    (stored,) = twin.platform.warehouse.query("SELECT * FROM t", tables={"t": table}).to_dict("records")
    assert ("2", 7, "2026-11-23") == (stored["version"], stored["number"], str(stored["day"])[:10])
    assert pd.Timestamp("2026-11-23T12:00:00+00:00") == stored["since"]
    assert pd.isna(stored["until"])
    with pytest.raises(Conflict, match="has a batch c-1 already"):
        rows.plan(table=table, batch="c-1", rows=[row])
    rows.revert(intent)
    assert ([], "") == (twin.platform.warehouse.batches(table), rows.leftovers(intent))


def test_rows_of_a_table_that_is_gone_are_gone(world: World) -> None:
    intents: dict[str, dict[str, Any]] = {
        "rows": {"table": f"{HERE}.serving", "batch": "b", "rows": []},
        "batches": {"target": HERE, "batch": "b", "copies": {"forecasts": {"url": "gs://b/c", "digest": "sha256:1"}}},
    }
    for kind, intent in intents.items():
        world.warehouse.drop(HERE)
        effect(world, kind).revert(intent)
        assert "" == effect(world, kind).leftovers(intent)


def test_a_version_that_was_registered_before_stays(world: World) -> None:
    version = effect(world, "version")
    intent = version.plan(**VERSION)
    assert {"version": "1"} == version.apply(intent) == version.apply(intent)
    again = version.plan(**VERSION)
    version.revert(again)
    assert ("1", "") == (world.models.made[0].version, version.leftovers(again))
    way = f"`gcloud ai models delete-version m@1 --project {PROJECT}`"
    assert f"version 1 of the model m: take no alias off it, then {way}" == version.leftovers(intent)
    version.revert(intent)
    assert ([], "") == (world.models.made, version.leftovers(intent))


def test_an_alias_goes_back_only_if_it_is_still_ours(world: World) -> None:
    for key in ("a", "b", "c"):
        world.models.register("m", key=key, artifact="gs://b/a", labels={})
    world.models.move_alias("m", "champion", to="1", expected=None)
    alias = effect(world, "alias")
    intent = alias.plan(**CHAMPION, version="2")
    assert {"was": "1"} == alias.apply(intent) == alias.apply(intent)
    assert "the alias champion of m is on version 2: put it back on version 1 in the model registry" == alias.leftovers(intent)
    alias.revert(intent)
    assert ("1", "") == (world.models.alias("m", "champion"), alias.leftovers(intent))

    alias.apply(intent)
    world.models.move_alias("m", "champion", to="3", expected="2")
    alias.revert(intent)
    assert ("3", "") == (world.models.alias("m", "champion"), alias.leftovers(intent))
    with pytest.raises(Conflict):
        alias.apply(intent)


def test_an_alias_that_was_nowhere_is_taken_off(world: World) -> None:
    world.models.register("m", key="a", artifact="gs://b/a", labels={})
    alias = effect(world, "alias")
    intent = alias.plan(**CHAMPION, version="1")
    alias.apply(intent)
    alias.revert(intent)
    assert world.models.alias("m", "champion") is None


@pytest.mark.parametrize(
    "was", [None, Schedule(cron="0 6 * * *", pipeline="gs://b/o.yaml", digest="sha256:0", service_account="r")]
)
def test_a_schedule_goes_back_only_if_it_is_still_ours(world: World, was: Schedule | None) -> None:
    world.schedules.put("s", was, expected=None)
    schedule = effect(world, "schedule")
    intent = schedule.plan(project=PROJECT, name="s", **SCHEDULE)
    schedule.apply(intent)
    schedule.apply(intent)
    assert Schedule(**SCHEDULE) == world.schedules.get("s")
    way = "pin it to gs://b/o.yaml (0 6 * * *)" if was else f"delete it in project {PROJECT}"
    assert f"the schedule s runs gs://b/p.yaml: {way}" == schedule.leftovers(intent)
    schedule.revert(intent)
    assert (was, "") == (world.schedules.get("s"), schedule.leftovers(intent))

    schedule.apply(intent)
    theirs = Schedule(**{**SCHEDULE, "cron": "1 1 * * *"})
    world.schedules.put("s", theirs, expected=Schedule(**SCHEDULE))
    schedule.revert(intent)
    assert (theirs, "") == (world.schedules.get("s"), schedule.leftovers(intent))


def test_our_pull_request_is_closed_with_the_reason(world: World) -> None:
    request = effect(world, "pull_request")
    intent = request.plan(**AT, **PROPOSAL, **SAID)
    assert {"number": 1} == request.apply(intent) == request.apply(intent)
    assert (CANDIDATE, ("grace@n.example",)) == (world.git_provider.made[1].candidate, world.git_provider.made[1].reviewers)
    assert "pull request #1 in https://f/r.git is open: close it" == request.leftovers(intent)
    for _ in range(2):
        request.revert({**intent, "reason": "rejected: worse"})
    assert [f"The factory rolled `{CANDIDATE}` back.\n\nrejected: worse"] == world.git_provider.comments(1)
    assert ("closed", "") == (world.git_provider.made[1].state, request.leftovers(intent))


def test_one_that_was_opened_but_not_presented_is_closed(world: World) -> None:
    request = effect(world, "pull_request")
    intent = request.plan(**AT, **PROPOSAL, **SAID)
    world.git_provider.open(Proposal(**PROPOSAL))
    request.revert(intent)
    assert "closed" == world.git_provider.made[1].state


def test_a_persons_pull_request_is_adopted_and_given_back(world: World) -> None:
    world.git_provider.open(Proposal(**{**PROPOSAL, "body": "mine"}))
    before = world.git_provider.made[1]
    request = effect(world, "pull_request")
    intent = request.plan(**AT, **PROPOSAL, **SAID)
    assert {"number": 1} == request.apply(intent)
    assert "ours" == world.git_provider.made[1].body
    assert "remove the factory's text from it" in request.leftovers(intent)
    request.revert(intent)
    assert (before, "") == (world.git_provider.made[1], request.leftovers(intent))


def test_a_pull_request_has_one_candidate(world: World) -> None:
    request = effect(world, "pull_request")
    first = request.plan(**AT, **PROPOSAL, **SAID)
    request.apply(first)
    second = request.plan(**AT, **PROPOSAL, **{**SAID, "candidate": "other-1"})
    with pytest.raises(Conflict, match="asks for a review decision on"):
        request.apply(second)
    request.revert(second)
    assert ("open", CANDIDATE) == (world.git_provider.made[1].state, world.git_provider.made[1].candidate)


def test_what_is_merged_is_not_rolled_back_but_said(world: World) -> None:
    request = effect(world, "pull_request")
    intent = request.plan(**AT, **PROPOSAL, **SAID)
    request.apply(intent)
    world.git_provider.merge(1, commit="c1")
    request.revert(intent)
    assert "pull request #1 was merged: `git revert -m 1 merge of c1` on release" == request.leftovers(intent)


def test_a_pull_request_at_another_commit_is_left_alone(world: World) -> None:
    world.git_provider.open(Proposal(**{**PROPOSAL, "commit": "c0"}))
    request = effect(world, "pull_request")
    intent = request.plan(**AT, **PROPOSAL, **SAID)
    with pytest.raises(Conflict):
        request.apply(intent)
    request.revert(intent)
    assert ("open", "") == (world.git_provider.made[1].state, request.leftovers(intent))


class Hours:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOON

    def later(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)


def resting(world: World, hours: Hours) -> Lease:
    return Lease(world.platform, now=lambda: hours.now)


def test_an_identity_rests_before_the_next_candidate_has_it(world: World) -> None:
    """Its token outlives the build: it could write into the next one's folder and tables."""
    hours = Hours()
    pool = resting(world, hours)
    one, two = (pool.plan(**lease(name, minutes=60)) for name in ("c-1", "c-2"))
    assert [POOL[0], POOL[1]] == [pool.apply(intent)["identity"] for intent in (one, two)]
    pool.revert(one)
    hours.later(59)
    with pytest.raises(NoneFree, match=r"leased or in its cooldown: the next is ready at 13:00 UTC"):
        pool.plan(**lease("c-3", minutes=60))
    hours.later(1)
    assert POOL[0] == pool.apply(pool.plan(**lease("c-3", minutes=60)))["identity"]


def test_the_identity_that_has_rested_longest_is_next(world: World) -> None:
    hours = Hours()
    pool = resting(world, hours)
    one, two = (pool.plan(**lease(name, minutes=60)) for name in ("c-1", "c-2"))
    for intent in (one, two):
        pool.apply(intent)
    for intent in (two, one):
        pool.revert(intent)
        hours.later(60)
    assert [POOL[1], POOL[0]] == [pool.apply(pool.plan(**lease(name, minutes=60)))["identity"] for name in ("c-3", "c-4")]


def test_one_that_was_leased_and_given_back_meanwhile_is_given_back_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    hours = Hours()
    pool, intent = resting(world, hours), lease("c-1", minutes=60)

    def looked(_: Lease, given: Any) -> list[str]:
        world.objects.stored[f"{RECORDS[5:]}/rests/candidate-01.txt"] = hours.now.isoformat().encode()
        return list(given["identities"])

    monkeypatch.setattr(Lease, "_rested", looked)
    assert POOL[1] == pool.apply(intent)["identity"]
    assert [f"{LEASES[5:]}/candidate-02.json"] == world.objects.find(LEASES)


def notebook(*, most: int = 10, needed: bool = True) -> dict[str, Any]:
    return {
        "folder": f"{RECORDS}/c-1",
        "objects": {"n": {"url": f"{CANDIDATES}/c/n", "most": most, "needed": needed}},
    }


def test_a_copy_is_made_once_and_no_other_takes_its_place(world: World) -> None:
    copies = effect(world, "copies")
    intent = copies.plan(**notebook(), dataset=HERE, tables=("forecasts",), batch="r1")
    world.objects.stored[f"{CANDIDATES[5:]}/c/n"] = b"first"
    world.warehouse.stored[f"{HERE}.forecasts"]["r1"] = pd.DataFrame({"value": ["1"]})
    first = copies.apply(intent)
    world.objects.stored[f"{CANDIDATES[5:]}/c/n"] = b"second"
    world.warehouse.stored[f"{HERE}.forecasts"]["r1"] = pd.DataFrame({"value": ["2"]})
    assert first == copies.apply(intent)
    assert b"first" == world.objects.stored[f"{RECORDS[5:]}/c-1/n"]
    assert first["objects"] == {"n": digest(b"first")}
    assert f"the copy {RECORDS}/c-1/n: `gcloud storage rm {RECORDS}/c-1/n`" in copies.leftovers(intent)
    copies.revert(intent)
    copies.revert(intent)
    assert ("", []) == (copies.leftovers(intent), world.objects.find(f"{RECORDS}/c-1"))


def test_what_is_too_large_is_never_read(world: World) -> None:
    world.objects.stored[f"{CANDIDATES[5:]}/c/n"] = b"x" * 11
    with pytest.raises(Unfit, match=r"an object of it is too large: gs://.*/c/n is larger than 0 MB"):
        effect(world, "copies").apply(effect(world, "copies").plan(**notebook()))
    assert not [call for call in world.clock.calls if call.startswith("objects.read northwind-ml-dev-candidates")]


def test_what_grows_while_it_is_read_is_read_no_further(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.objects.stored[f"{CANDIDATES[5:]}/c/n"] = b"x" * 10
    small, read = world.objects.info, []

    def grows(path: str, **_: Any) -> dict[str, Any]:
        about = small(path)
        world.objects.stored[f"{CANDIDATES[5:]}/c/n"] = b"x" * 1_000
        return about

    def cat(path: str, *, end: int | None = None, **_: Any) -> bytes:
        if "candidates/c/n" not in path:
            raise FileNotFoundError(path)
        read.append(end)
        return b"x" * (end or 1_000)

    monkeypatch.setattr(world.objects, "info", grows)
    monkeypatch.setattr(world.objects, "cat_file", cat)
    with pytest.raises(Unfit, match="too large"):
        effect(world, "copies").apply(effect(world, "copies").plan(**notebook()))
    assert [11] == read


def test_what_is_missing_is_said_unless_it_may_be(world: World) -> None:
    copies = effect(world, "copies")
    with pytest.raises(Unfit, match="it stored no n: there is no gs://"):
        copies.apply(copies.plan(**notebook()))
    assert {"objects": {"n": None}, "tables": {}} == copies.apply(copies.plan(**notebook(needed=False)))


@pytest.mark.parametrize("spoil", ["view", "rows", "gone"])
def test_a_table_that_is_no_bounded_table_is_not_copied(world: World, spoil: str, monkeypatch: pytest.MonkeyPatch) -> None:
    table = f"{HERE}.forecasts"
    world.warehouse.stored[table]["r1"] = pd.DataFrame({"value": ["1", "2"]})
    match spoil:
        case "view":
            world.warehouse.views.add(table)
        case "rows":
            monkeypatch.setattr("groundwork.factory.effects.copies.TABLE_ROWS", 1)
        case _:
            world.warehouse.drop(HERE)
    copies = effect(world, "copies")
    with pytest.raises(Unfit, match="its table forecasts cannot be copied: "):
        copies.apply(copies.plan(folder=f"{RECORDS}/c-1", objects={}, dataset=HERE, tables=("forecasts",), batch="r1"))
    assert "warehouse.query" not in world.clock.calls


def test_a_folder_that_is_to_be_cleared_is_emptied_before_and_after(world: World) -> None:
    folder = effect(world, "objects")
    world.objects.stored["bucket/a/old"] = b""
    intent = folder.plan(prefix="gs://bucket/a", clear=True)
    assert {} == folder.apply(intent)
    assert {} == world.objects.stored
    world.objects.stored["bucket/a/late"] = b""
    folder.revert(intent)
    assert {} == world.objects.stored
