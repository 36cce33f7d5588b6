"""What a ledger tells a person."""

from __future__ import annotations

from groundwork.contract.ledger_records import RevertFailed
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
    texts = [line.text for line in lines]
    for text in (
        "ada@northwind.example pushed 0123456789ab to feature/x: Fit",
        "applied: `identity` (identity candidate-01@northwind-ml-dev.iam.gserviceaccount.com)",
        "applied: `build` (build b0, status SUCCESS)",
        "completed: report (digest sha256:1)",
        "completed: review (by grace@northwind.example)",
        "review waits: nobody has evaluated it",
        "notified: asked",
        "rejected: it cannot be merged",
        "rolled back: `champion`",
        "ended: nothing is left to roll back",
    ):
        assert text in texts
    assert "planned: `stack`, stack, temporary (project northwind-ml-dev, stack forecasting-0123456789ab)" in texts


def test_what_is_stuck_is_texts_with_the_way_out() -> None:
    record = RevertFailed(key="stack", leftovers="`pulumi destroy`", at="2026", by="b1", sequence=0)
    assert ["could not be rolled back: `stack`: `pulumi destroy`"] == [line.text for line in story([record])]
