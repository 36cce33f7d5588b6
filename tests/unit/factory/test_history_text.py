"""What a ledger tells a person."""

from __future__ import annotations

from groundwork.factory.history import story
from tests.unit.factory.generic import evaluate, refused_at_the_end
from tests.unit.factory.world import Harness


def test_the_story_tells_who_what_why_and_when() -> None:
    harness = Harness(refused_at_the_end, evaluate(approved=True))
    harness.to_the_end()
    records = harness.promotion_log().records
    lines = story(records)

    assert len(records) == len(lines)
    assert all(line.at.startswith("20") and line.by.startswith("build-") for line in lines)
    told = [line.text for line in lines]
    for text in (
        "ada@northwind.example pushed 0123456789ab to feature/x: Fit",
        "made: `identity` (identity candidate-01@northwind-ml-dev.iam.gserviceaccount.com)",
        "made: `build` (build b0, status SUCCESS)",
        "done: report (digest sha256:1)",
        "done: review decision (by grace@northwind.example)",
        "review decision waits: nobody has evaluated it",
        "told: asked",
        "rejected: it cannot be merged",
        "rolled back: `champion`",
        "over: nothing that was to go is left",
    ):
        assert text in told
    assert "to be made: `stack`, stack, temporary (project northwind-ml-dev, stack forecasting-0123456789ab)" in told


def test_what_is_stuck_is_told_with_the_way_out() -> None:
    record = {"what": "stuck", "key": "stack", "left": "`pulumi destroy`", "at": "2026", "by": "b1"}
    assert ["could not be rolled back: `stack`: `pulumi destroy`"] == [line.text for line in story([record])]
