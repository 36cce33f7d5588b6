"""What the platform does to a candidate is tried again, so often and no more, and not held against it; and what a person does."""

from __future__ import annotations

import sqlite3
from itertools import chain, repeat

import pandas as pd
import pytest

from groundwork.errors import GroundworkError
from groundwork.factory.history import story as lines_of
from groundwork.factory.ledger import Ledger
from groundwork.factory.machine import Done, PromotionLog, Rejected, Wait
from groundwork.factory.status import promotion_statuses
from groundwork.factory.step_context import StepContext
from groundwork.factory.steps import capture as capture_step
from groundwork.factory.steps import gate as gate_step
from groundwork.ports.builds import Build, Submission
from tests.unit.factory.fakes import NOON
from tests.unit.factory.promoted import COMMIT, GRACE, LATER, Story, in_development, in_memory, push
from tests.unit.factory.world import LEDGER, PROJECT

ID, AGAIN, THIRD = "forecasting-0123456789ab", "forecasting-0123456789ab-2", "forecasting-0123456789ab-3"
WAITING = "waiting for review"
RAW = f"{PROJECT}.raw.sales"
ADA, OWNER = "ada@northwind.example", "owners@northwind.example"


@pytest.fixture(autouse=True)
def _in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    in_memory(monkeypatch)


@pytest.fixture
def story() -> Story:
    return in_development(approved=None)


def states(story: Story) -> dict[str, str]:
    return {id_: state for id_, (state, _) in story.ends().items()}


def builds_end(story: Story, monkeypatch: pytest.MonkeyPatch, *statuses: str) -> None:
    """Have the builds of candidates end so, one after the other, and then well."""
    submit, left = story.world.builds.submit, chain(statuses, repeat("SUCCESS"))

    def submitted(submission: Submission, hear: object) -> Build:
        status = next(left)
        return submit(submission, hear) if status == "SUCCESS" else ended(f"odd-{status}", status)  # type: ignore[arg-type]

    monkeypatch.setattr(story.world.builds, "submit", submitted)


def ended(id_: str, status: str) -> Build:
    return Build(
        id=id_, project="p", trigger="", branch="feature/x", commit=COMMIT, status=status, service_account="c", created=NOON,
        finished=NOON, steps=(), error="as a test has it", key=ID,
    )  # fmt: skip


@pytest.mark.parametrize("status", ["INTERNAL_ERROR", "EXPIRED", "CANCELLED", "STATUS_UNKNOWN"])
def test_a_build_that_the_platform_failed_at_is_built_again(story: Story, monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    builds_end(story, monkeypatch, status, status)
    push("feature/x", COMMIT)(story)
    assert {ID: "checks"} == states(story)
    assert f"ended as {status}" in reason(story, ID)
    for _ in range(2):
        assert [] == story.reconcile()
    assert {ID: WAITING} == states(story)


@pytest.mark.parametrize("status", ["FAILURE", "TIMEOUT"])
def test_a_build_that_failed_by_itself_is_a_rejection(story: Story, monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    builds_end(story, monkeypatch, status)
    push("feature/x", COMMIT)(story)
    assert {ID: "rejected"} == states(story)


def test_builds_that_the_platform_goes_on_failing_at_end_as_failed_and_never_as_rejected(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = story.world.live
    builds_end(story, monkeypatch, *["INTERNAL_ERROR"] * 3)
    push("feature/x", COMMIT)(story)
    for _ in range(5):
        story.reconcile()
    assert ({ID: "failed"}, before) == (states(story), story.world.live)
    assert "the platform failed 3 times" in reason(story, ID)


WORLD = [
    ConnectionError("reset"),
    TimeoutError("late"),
    OSError(28, "No space left on device"),
    sqlite3.OperationalError("database is locked"),
    MemoryError(),
]


@pytest.mark.parametrize("error", WORLD, ids=repr)
def test_what_the_world_does_to_a_step_is_waited_out(story: Story, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(gate_step, "evaluation_for", raising(error))
        push("feature/x", COMMIT)(story)
        for _ in range(4):
            assert [] == story.reconcile()
        assert {ID: "gate"} == states(story)
    assert [] == story.reconcile()
    assert {ID: WAITING} == states(story)


def test_what_the_world_goes_on_doing_fails_in_the_end(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate_step, "evaluation_for", raising(ConnectionError("reset")))
    push("feature/x", COMMIT)(story)
    reconciliations = 1
    while states(story) == {ID: "gate"}:
        story.reconcile()
        reconciliations += 1
    assert ({ID: "failed"}, 12) == (states(story), reconciliations)


def test_what_went_well_in_between_begins_the_count_anew(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    builds_end(story, monkeypatch, "INTERNAL_ERROR", "INTERNAL_ERROR")
    with monkeypatch.context() as patch:
        patch.setattr(gate_step, "evaluation_for", raising(ConnectionError("reset")))
        push("feature/x", COMMIT)(story)
        for _ in range(2 + 10):
            story.reconcile()
        assert {ID: "gate"} == states(story)
    story.reconcile()
    assert {ID: WAITING} == states(story)


@pytest.mark.parametrize("error", [ValueError("a bug"), RecursionError("too deep"), FileNotFoundError("x"), PermissionError("y")])
def test_a_bug_fails_at_once(story: Story, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    monkeypatch.setattr(gate_step, "evaluation_for", raising(error))
    push("feature/x", COMMIT)(story)
    assert {ID: "failed"} == states(story)


@pytest.fixture
def failed(story: Story, monkeypatch: pytest.MonkeyPatch) -> Story:
    """Return a story whose candidate has failed, by what is over by now."""
    with monkeypatch.context() as patch:
        patch.setattr(gate_step, "evaluation_for", raising(ValueError("a bug")))
        push("feature/x", COMMIT)(story)
    return story


def test_a_failed_commit_is_not_tried_again_by_itself(failed: Story) -> None:
    for _ in range(3):
        assert [] == failed.reconcile()
    failed.attempt(push("feature/x", COMMIT))
    assert {ID: "failed"} == states(failed)
    assert any("`groundwork review retry forecasting-0123456789ab` evaluates the commit again" in line for line in failed.said)
    assert any("groundwork review retry" in body for _, body in failed.world.notifications.sent)


@pytest.mark.parametrize("who", [GRACE, ADA, OWNER, ADA.upper()])
def test_a_failed_commit_is_tried_again_as_a_promotion_of_its_own(failed: Story, who: str) -> None:
    failed.factory().retry(ID, by=who, reason="the disk has room again")
    assert {ID: "failed", AGAIN: WAITING} == states(failed)
    (request,) = [each for each in failed.world.git_provider.made.values() if each.state == "open"]
    assert (AGAIN, COMMIT) == (request.candidate, request.commit)
    (first, *_) = lines_of(Ledger(failed.world.objects, LEDGER, AGAIN).read())
    assert f"{who} asked to retry it: the disk has room again" in first.text

    failed.approved = True
    failed.to_the_end()
    assert {ID: "failed", AGAIN: "promoted"} == states(failed)


def test_a_retry_that_fails_is_tried_again_by_any_of_its_names(failed: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(gate_step, "evaluation_for", raising(ValueError("a bug")))
        failed.factory().retry(ID, by=GRACE, reason="again")
    failed.factory().retry(ID, by=GRACE, reason="and again")
    assert {ID: "failed", AGAIN: "failed", THIRD: WAITING} == states(failed)


def test_a_later_push_supersedes_a_retry(failed: Story) -> None:
    failed.factory().retry(ID, by=GRACE, reason="again")
    push("feature/x", LATER)(failed)
    assert "superseded" == states(failed)[AGAIN]


@pytest.mark.parametrize(
    ("candidate", "by", "code"),
    [
        (ID, "eve@elsewhere.example", "retry-denied"),
        ("forecasting-ffffffffffff", GRACE, "candidate-not-found"),
        (AGAIN, GRACE, "candidate-not-found"),
    ],
)
def test_nobody_else_and_nothing_else_is_tried_again(failed: Story, candidate: str, by: str, code: str) -> None:
    with pytest.raises(GroundworkError) as refused:
        failed.factory().retry(candidate, by=by, reason="again")
    assert code == refused.value.code
    assert {ID: "failed"} == states(failed)


def test_a_commit_that_the_branch_has_left_is_not_tried_again(failed: Story) -> None:
    failed.world.git_provider.heads["feature/x"] = LATER
    with pytest.raises(GroundworkError, match="commit-outdated"):
        failed.factory().retry(ID, by=GRACE, reason="again")


def test_what_was_rejected_or_is_under_way_is_not_tried_again(story: Story) -> None:
    push("feature/x", COMMIT)(story)
    with pytest.raises(GroundworkError, match="under way"):
        story.factory().retry(ID, by=GRACE, reason="again")
    story.approved = False
    story.to_the_end()
    with pytest.raises(GroundworkError, match="retry-refused"):
        story.factory().retry(ID, by=GRACE, reason="again")


def reason(story: Story, id_: str) -> str:
    (found,) = promotion_statuses(story.world.objects, LEDGER, [id_])
    return found.reason


def raising(error: Exception) -> object:
    def raises(*_: object, **__: object) -> None:
        raise error

    return raises


def test_raw_data_that_come_in_between_are_not_held_against_the_candidate(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """It forecast from what there was; measured on what there is now, it would lack the newest weeks and be rejected for that."""
    really, loaded = capture_step.run, iter(["february"])
    story.world.warehouse.declare(RAW, "value")
    story.world.warehouse.stored[RAW]["january"] = pd.DataFrame({"value": ["1"]})

    def captured(context: StepContext, promotion_log: PromotionLog) -> Done | Rejected | Wait:
        for batch in loaded:
            story.world.warehouse.stored[RAW][batch] = pd.DataFrame({"value": ["2"]})
        return really(context, promotion_log)

    monkeypatch.setattr(capture_step, "run", captured)
    push("feature/x", COMMIT)(story)
    assert {ID: "failed"} == states(story)
    assert "sales changed between the candidate's run and its evaluation, which is not a fault of the candidate" in reason(
        story, ID
    )
    assert "promoted" != story.factory().retry(ID, by=ADA, reason="the load is over").ending
    assert {ID: "failed", AGAIN: WAITING} == states(story)
