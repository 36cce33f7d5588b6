"""A candidate rewrites everything that it may write, at any moment: what was copied is what is measured, shown and released."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from groundwork.contract.ledger_records import Completed, latest
from groundwork.factory.artifacts import digest, frame
from groundwork.factory.ledger import Ledger
from tests.unit.factory.fakes import NOTEBOOK
from tests.unit.factory.promoted import COMMIT, Story, at_its_last_branch, in_memory, in_production
from tests.unit.factory.world import CANDIDATES, HERE, LEDGER, POOL, PROJECT, RECORDS, RUN

ID = f"forecasting-{COMMIT[:12]}"
KEPT = f"{RECORDS[5:]}/candidates/{ID}"
FOLDER = f"{CANDIDATES[5:]}/{POOL[0].partition('@')[0]}"
OWN = f"{PROJECT}.{ID.replace('-', '_')}"
BETTER = "0.05"
"""The error that a forged forecast has: it passes the gate."""
FORGED: dict[str, bytes] = {
    "notebook.ipynb": json.dumps({**json.loads(NOTEBOOK), "metadata": {"title": "forged"}}).encode(),
    "pipeline.yaml": b"image: attacker.example/backdoor:1",
    "report.json": b'{"blocks": []}',
}
WAYS: dict[str, Callable[[], Story]] = {
    "production": in_production,
    "the last branch": lambda: at_its_last_branch(approved=True),
}


@pytest.fixture(autouse=True)
def _in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    in_memory(monkeypatch)


def rewrite(story: Story) -> None:
    """Write over every object of its folder, and over every row of every table of its dataset."""
    objects, tables = story.world.objects.stored, story.world.warehouse.stored
    for build in ("b0", "b1"):
        objects |= {f"{FOLDER}/{ID}/executions/{build}/{name}": FORGED[name] for name in ("notebook.ipynb", "pipeline.yaml")}
    objects[f"{FOLDER}/{ID}/runs/{RUN}/report.json"] = FORGED["report.json"]
    for table in tables:
        if table.startswith(f"{OWN}."):
            tables[table] = {RUN: pd.DataFrame({"value": [BETTER]}), "another": pd.DataFrame({"value": [BETTER]})}


def copied(story: Story) -> bool:
    """Return whether the ledger has the digests of the copies."""
    records = [content for name, content in story.world.objects.stored.items() if name.startswith(f"{LEDGER[5:]}/promotions")]
    return any({"applied", "results"} <= {record["type"], record["key"]} for record in map(json.loads, records))


def rewritten(way: str, moment: int) -> tuple[Story, bool]:
    """Return a story that ended, with a rewriting at one moment, and whether the copies were there by then."""
    story, late = WAYS[way](), []

    def run_due_jobs(now: int) -> None:
        if now == moment:
            late.append(copied(story))
            rewrite(story)

    story.world.clock.meanwhile = run_due_jobs
    story.to_the_end()
    story.world.clock.meanwhile = None
    return story, late == [True]


def seen(story: Story) -> Any:
    """Return what is left behind, but for the folder, which nothing reads and the identity's next lease empties."""
    objects: Any = story.world.live["objects"]
    return {**story.world.live, "objects": {name: each for name, each in objects.items() if not name.startswith(CANDIDATES[5:])}}


def outputs(story: Story) -> dict[str, Any]:
    records = Ledger(story.world.ledger, LEDGER, ID).read()
    return {key: record.output for key, record in latest(records, Completed).items()}


def assert_one_thing(story: Story, where: str) -> None:
    """What is on the page, measured, pinned and released is what was copied."""
    objects, done = story.world.objects.stored, outputs(story)
    assert digest(objects[f"{KEPT}/pipeline.yaml"]) == done["checks"]["pipeline"], where
    assert story.world.schedules.made["forecasting"].digest == done["checks"]["pipeline"], where
    assert digest(objects[f"{KEPT}/notebook.ipynb"]) == done["capture"]["notebook"], where
    assert digest(objects[f"{KEPT}/report.html"]) == done["report"]["digest"], where
    (rows,) = (objects[f"{KEPT}/tables/{table}.parquet"] for table in done["capture"]["tables"])
    assert digest(rows) == done["capture"]["tables"]["forecasts"], where
    pd.testing.assert_frame_equal(frame(rows), story.world.warehouse.stored[f"{HERE}.forecasts"][RUN])
    (metric,) = json.loads(objects[f"{KEPT}/evaluation.json"])["metrics"]
    assert metric["candidate"] == float(frame(rows)["value"].item()), where


def moments(way: str) -> list[int]:
    """Return the numbers of the calls from the first at which the candidate's code runs."""
    calm = WAYS[way]()
    calm.to_the_end()
    assert_one_thing(calm, way)
    first = calm.world.clock.calls.index("builds.submit: the build")
    return list(range(first + 1, len(calm.world.clock.calls) + 1))


def assert_each(way: str, chosen: list[int]) -> None:
    calm = WAYS[way]()
    calm.to_the_end()
    early = 0
    for moment in chosen:
        story, late = rewritten(way, moment)
        where = f"{way}, call {moment}: {story.said[-6:]}"
        (ending,) = {state for state, _ in story.ends().values()}
        if late:
            assert seen(calm) == seen(story), where
        elif ending == "promoted":
            early += 1
            assert_one_thing(story, where)
        else:
            assert "rejected" == ending, where
            assert "gate" not in outputs(story), where
    assert early, "some came before the copy, and were what was copied"


def test_what_is_rewritten_at_many_a_moment_changes_nothing_that_was_copied() -> None:
    assert_each("production", moments("production")[::10])


@pytest.mark.deep
@pytest.mark.parametrize("way", WAYS)
def test_what_is_rewritten_at_any_moment_changes_nothing_that_was_copied(way: str) -> None:
    assert_each(way, moments(way))


def test_while_it_goes_on_writing_nothing_is_measured_and_a_person_sees_what_is_stuck() -> None:
    """Stack and folder have to be gone first; once it stops, it ends like another."""
    story = in_production()
    story.world.clock.meanwhile = lambda _: rewrite(story) if copied(story) else None
    story.to_the_end(reconciliations=2)
    ((state, leftovers),) = story.ends().values()
    assert "capture" == state
    assert [each for each in leftovers if "gcloud storage rm --recursive gs://northwind-ml-dev-candidates/candidate-01" in each]
    assert "gate" not in outputs(story)

    story.world.clock.meanwhile = None
    story.to_the_end()
    assert ["promoted"] == [state for state, _ in story.ends().values()]
    assert_one_thing(story, "after it stopped")


def test_a_stack_that_cannot_be_removed_keeps_the_candidate_from_being_measured() -> None:
    story = in_production()
    story.world.clock.denied = "stacks.remove"
    story.to_the_end(reconciliations=2)
    ((state, leftovers),) = story.ends().values()
    assert ("capture", True) == (state, f"pulumi destroy --yes --remove --stack {ID}" in leftovers[0])
    assert "gate" not in outputs(story)

    story.world.clock.denied = None
    story.to_the_end()
    assert ["promoted"] == [state for state, _ in story.ends().values()]


def test_a_copy_that_somebody_changes_is_not_released() -> None:
    story = WAYS["the last branch"]()
    story.approved = None
    story.to_the_end(reconciliations=1)
    story.world.objects.stored[f"{KEPT}/tables/forecasts.parquet"] += b" "
    story.approved = True
    story.to_the_end()
    assert ["failed"] == [state for state, _ in story.ends().values()]
    assert RUN not in story.world.warehouse.stored[f"{HERE}.forecasts"]


def test_a_run_of_another_pipeline_is_rejected() -> None:
    story = in_production()
    kept = f"{FOLDER}/{ID}/executions/b0/pipeline.yaml"

    def git_provider(_: int) -> None:
        if kept in story.world.objects.stored:
            story.world.objects.stored[kept] = FORGED["pipeline.yaml"]

    story.world.clock.meanwhile = git_provider
    story.to_the_end()
    assert ["rejected"] == [state for state, _ in story.ends().values()]
    assert [said for said in story.said if "ran another pipeline than pipeline.py" in said]


def test_an_object_that_is_too_large_rejects_its_candidate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groundwork.factory.steps.capture.OWN_REPORT_BYTES", 1_000)
    story = in_production()
    before = story.world.live

    def fill(_: int) -> None:
        if story.world.runner.made and story.world.stacks.made:
            story.world.objects.stored[f"{FOLDER}/{ID}/runs/{RUN}/report.json"] = b"x" * 1_001

    story.world.clock.meanwhile = fill
    story.to_the_end()
    assert ["rejected"] == [state for state, _ in story.ends().values()]
    assert [said for said in story.said if "an object of it is too large: gs://" in said]
    assert before == story.world.live


def test_a_view_in_a_table_s_place_rejects_its_candidate_and_is_never_queried() -> None:
    story = in_production()
    story.world.warehouse.views.add(f"{OWN}.forecasts")
    story.to_the_end()
    assert ["rejected"] == [state for state, _ in story.ends().values()]
    assert [said for said in story.said if "its table forecasts cannot be copied" in said]
