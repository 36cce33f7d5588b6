"""Promotions beside each other and over time: who is superseded, reminded, expired, begun late, and what two processes do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from groundwork.errors import GroundworkError
from groundwork.factory import promotions
from groundwork.factory.ledger import candidates
from groundwork.factory.machine import Busy
from groundwork.factory.status import promotion_statuses
from groundwork.ports.builds import Build
from groundwork.ports.errors import Denied, Unavailable
from groundwork.ports.git_provider import Proposal, ReviewDecision
from groundwork.ports.runner import Run
from tests.unit.factory.fakes import NOON
from tests.unit.factory.promoted import COMMIT, GRACE, LATER, Story, in_development, in_memory, in_production, push
from tests.unit.factory.world import HERE, LEDGER

ID, NEWER = "forecasting-0123456789ab", "forecasting-fedcba987654"
WAITING = "waiting for review"


@pytest.fixture(autouse=True)
def _in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    in_memory(monkeypatch)


@pytest.fixture
def story() -> Story:
    """Return one in which nothing was pushed yet."""
    return in_development(approved=None)


def days_later(days: float, monkeypatch: pytest.MonkeyPatch) -> None:
    class Later(datetime):
        @classmethod
        def now(cls, _: object = None) -> datetime:  # type: ignore[override]  # asked for UTC alone
            return datetime.now(UTC) + timedelta(days=days)

    monkeypatch.setattr(promotions, "datetime", Later)


def states(story: Story) -> dict[str, str]:
    return {id_: state for id_, (state, _) in story.ends().items()}


def test_a_later_push_supersedes_what_waits_on_the_same_branch_alone(story: Story) -> None:
    push("feature/x", COMMIT)(story)
    push("feature/y", "1" * 40)(story)
    push("feature/x", LATER)(story)

    assert {ID: "superseded", NEWER: WAITING, f"forecasting-{'1' * 12}": WAITING} == states(story)
    assert 2 == len([each for each in story.world.git_provider.made.values() if each.state == "open"])


def test_a_candidate_waits_until_what_it_supersedes_is_rolled_back(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    push("feature/x", COMMIT)(story)
    with monkeypatch.context() as patch:
        patch.setattr(promotions.Promotions, "advance", lambda *_, **__: (_ for _ in ()).throw(Denied("not now", "later")))
        push("feature/x", LATER)(story)
    assert {ID: WAITING, NEWER: "change"} == states(story)
    assert any("waits: it supersedes forecasting-0123456789ab" in line for line in story.said)

    story.reconcile()
    story.reconcile()
    assert {ID: "superseded", NEWER: WAITING} == states(story)


def test_what_it_supersedes_is_not_waited_for_when_its_ledger_is_broken(story: Story) -> None:
    story.settings = story.settings.model_copy(update={"identities": ()})
    push("feature/x", COMMIT)(story)
    record = next(name for name in sorted(story.world.objects.stored) if f"promotions/{ID}/" in name)
    story.world.objects.stored[record] = b"{}"
    story.attempt(push("feature/x", LATER))
    assert any(f"{NEWER}: waiting: every identity of the pool is leased" in line for line in story.said), story.said


def test_one_commit_is_evaluated_once(story: Story) -> None:
    push("feature/x", COMMIT)(story)
    builds = len(story.world.builds.made)
    push("feature/x", COMMIT)(story)

    assert (1, builds) == (len(story.world.git_provider.made), len(story.world.builds.made))
    assert any("a commit is evaluated once" in line for line in story.said)


def test_a_push_whose_event_was_lost_is_begun_by_a_reconciliation(story: Story) -> None:
    story.world.git_provider.heads["feature/x"] = COMMIT
    assert [] == story.reconcile()
    assert {ID: WAITING} == states(story)


def test_a_persons_pull_request_whose_event_was_lost_is_begun_by_a_reconciliation_and_not_again_after_its_rejection(
    story: Story,
) -> None:
    story.world.git_provider.heads["hotfix/x"] = COMMIT
    proposal = Proposal(head="hotfix/x", base="main", commit=COMMIT, title="Hot", body="mine", author="ada@northwind.example")
    story.world.git_provider.open(proposal)
    assert [] == story.reconcile()
    assert {ID: WAITING} == states(story)

    story.approved = False
    story.decide()
    for _ in range(2):
        assert [] == story.reconcile()
    assert {ID: "rejected"} == states(story)
    assert ("open", "mine") == (story.world.git_provider.made[1].state, story.world.git_provider.made[1].body)


def test_reviewers_are_reminded_once_and_then_it_expires_without_a_trace(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    before = story.world.live
    push("feature/x", COMMIT)(story)
    days_later(3.5, monkeypatch)
    for _ in range(2):
        story.reconcile()
    assert 1 == len([title for title, _ in story.world.notifications.sent if "still waiting" in title])
    assert {ID: WAITING} == states(story)

    days_later(14.5, monkeypatch)
    story.reconcile()
    assert ({ID: "expired"}, before) == (states(story), story.world.live)


def test_what_never_got_as_far_as_people_expires_too(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    story.settings = story.settings.model_copy(update={"identities": ()})
    before = story.world.live
    push("feature/x", COMMIT)(story)
    assert {ID: "provision"} == states(story)

    days_later(14.5, monkeypatch)
    story.reconcile()
    assert ({ID: "expired"}, before) == (states(story), story.world.live)


def test_a_review_decision_is_never_too_late_once_it_is_given(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    push("feature/x", COMMIT)(story)
    story.approved = True
    story.decide()
    days_later(20, monkeypatch)
    story.reconcile()
    assert {ID: "promoted"} == states(story)


def test_a_reconciliation_retracts_what_a_killed_run_of_the_environments_own_deployment_stored(story: Story) -> None:
    """Google ends a scheduled run without a word to its steps, so nothing in the run could retract."""
    table = f"{HERE}.forecasts"
    killed = Run(
        id="run-1", pipeline="forecasting", deployment="forecasting", build=None, status="interrupted", started=NOON, ended=NOON,
        steps=(), artifacts={}, error="it was cancelled",
    )  # fmt: skip
    story.world.runner.made = [killed, replace(killed, id="run-0", status="succeeded")]
    story.world.warehouse.stored[table] = {"run-0": pd.DataFrame(), "run-1": pd.DataFrame()}
    assert not story.reconcile()
    assert ["run-0"] == story.world.warehouse.batches(table)
    assert "run run-1: retracted its rows in forecasts" in story.said


def test_a_reconciliation_that_cannot_retract_says_so(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> list[Run]:
        raise Unavailable("Vertex AI does not answer", "try again")

    monkeypatch.setattr(story.world.runner, "runs", refuse)
    assert any(complaint.startswith("results of failed runs: Vertex AI does not answer") for complaint in story.reconcile())


def test_while_a_build_that_has_it_lives_others_leave_it_alone(story: Story) -> None:
    story.world.git_provider.heads["feature/x"] = COMMIT
    holder = story.factory()
    story.world.builds.made.append(alive(holder.build))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(promotions, "advance", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            holder.push("feature/x", COMMIT)

    with pytest.raises(Busy):
        story.factory().push("feature/x", COMMIT)
    assert [] == story.reconcile(), "somebody's being at work is nothing to complain about"
    assert any("advances this promotion" in line or "advances `" in line for line in story.said), story.said


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"reviewer": "eve@elsewhere.example"}, "not a reviewer of the environment that receives"),
        ({"reviewer": "ada@northwind.example"}, "contributors do not review it"),
        ({"commit": "9" * 40}, "it is on commit 999999999999"),
        ({"report": "sha256:9"}, "it is on another report"),
    ],
)
def test_a_review_decision_that_the_git_provider_let_through_is_looked_at_again(
    story: Story, change: dict[str, str], reason: str
) -> None:
    story.settings = story.settings.model_copy(update={"reviewers": (GRACE, "ada@northwind.example")})
    push("feature/x", COMMIT)(story)
    request = story.world.git_provider.made[1]
    given = ReviewDecision(approved=True, reviewer=GRACE, commit=request.commit, report=request.report, reason="good", at=NOON)
    story.world.git_provider.decide(1, replace(given, **change))  # type: ignore[arg-type]

    story.reconcile()
    assert {ID: WAITING} == states(story)
    assert any(reason in line for line in story.said), story.said
    assert reason in waited_for(story), "the ledger says what is waited for"
    records = len(story.world.objects.stored)
    story.reconcile()
    assert records == len(story.world.objects.stored), "waiting for the same thing again writes nothing"


def said(story: Story, who: str, *, approved: bool = True) -> None:
    request = story.world.git_provider.made[1]
    given = ReviewDecision(approved=approved, reviewer=who, commit=request.commit, report=request.report, reason="so", at=NOON)
    story.world.git_provider.decide(1, given)


STRANGER = "eve@elsewhere.example"


@pytest.mark.parametrize("approved", [True, False])
def test_a_review_decision_that_does_not_count_neither_blocks_nor_decides(story: Story, approved: bool) -> None:  # noqa: FBT001  a case
    push("feature/x", COMMIT)(story)
    said(story, STRANGER, approved=approved)
    story.reconcile()
    assert {ID: WAITING} == states(story)
    said(story, GRACE)
    said(story, STRANGER, approved=not approved)
    story.reconcile()
    assert {ID: "promoted"} == states(story)


def test_one_whose_giver_is_no_reviewer_any_more_is_followed_by_another_ones(story: Story) -> None:
    push("feature/x", COMMIT)(story)
    said(story, "alan@northwind.example")
    story.settings = story.settings.model_copy(update={"reviewers": (GRACE,)})
    story.reconcile()
    assert {ID: WAITING} == states(story)
    said(story, GRACE, approved=False)
    story.reconcile()
    assert {ID: "rejected"} == states(story)


def test_a_review_decision_that_does_not_count_does_not_keep_it_from_expiring(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = story.world.live
    push("feature/x", COMMIT)(story)
    said(story, STRANGER)
    days_later(14.5, monkeypatch)
    story.reconcile()
    assert ({ID: "expired"}, before) == (states(story), story.world.live)


@pytest.mark.parametrize("who", ["", STRANGER, GRACE])
def test_a_pull_request_that_is_closed_is_rejected_whatever_was_said(story: Story, who: str) -> None:
    push("feature/x", COMMIT)(story)
    if who:
        said(story, who)
    story.world.git_provider.close(1)
    story.reconcile()
    assert {ID: "rejected"} == states(story)


def test_the_newest_review_decision_that_counts_decides(story: Story) -> None:
    push("feature/x", COMMIT)(story)
    said(story, GRACE)
    said(story, "alan@northwind.example", approved=False)
    story.reconcile()
    assert {ID: "rejected"} == states(story)


def test_a_branch_that_moved_on_is_not_begun_at_the_older_commit(story: Story) -> None:
    story.world.git_provider.heads["feature/x"] = LATER
    with pytest.raises(GroundworkError, match="has a later commit than"):
        story.factory().push("feature/x", COMMIT)
    assert {} == states(story)


def test_production_takes_nothing_that_nobody_approved() -> None:
    story = in_production()
    story.world.git_provider.given.clear()
    before = story.world.live
    story.attempt(story.moves[0])
    assert [] == story.reconcile()[1:]
    assert ({}, before) == (states(story), story.world.live)
    assert any("without an approved pull request" in line for line in story.said)


def test_what_a_branch_outside_of_the_chain_gets_is_not_evaluated(story: Story) -> None:
    with pytest.raises(GroundworkError, match="not a branch of this environment's chain"):
        story.factory().push("wip/x", COMMIT)


def test_a_ledger_that_was_tampered_with_stops_its_own_candidate_alone(story: Story) -> None:
    push("feature/x", COMMIT)(story)
    push("feature/y", "1" * 40)(story)
    record = next(name for name in sorted(story.world.objects.stored) if f"promotions/{ID}/" in name)
    written = story.world.objects.stored[record]
    story.world.objects.stored[record] = written.replace(b'"type"', b'"Type"', 1)

    story.approved = False
    story.decide()
    story.reconcile()
    story.world.objects.stored[record] = written
    assert {ID: WAITING, f"forecasting-{'1' * 12}": "rejected"} == states(story)
    assert any("ledger-changed" in line for line in story.said)


def test_the_ledger_says_what_is_waited_for(story: Story) -> None:
    story.settings = story.settings.model_copy(update={"identities": ()})
    push("feature/x", COMMIT)(story)
    assert "identit" in waited_for(story)


def test_a_merge_whose_event_was_lost_is_released_by_a_reconciliation() -> None:
    story = in_production()
    story.world.git_provider.heads["main"] = COMMIT
    assert [] == story.reconcile()
    assert {ID: "promoted"} == states(story)
    assert [("1", ()), ("2", ("champion",))] == [(each.version, each.aliases) for each in story.world.models.made]


def test_a_release_in_production_that_fails_midway_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    story, before = in_production(), in_production().world.live

    def refuse(*_: object, **__: object) -> None:
        raise Denied("the factory lacks schedules.put", "have the program grant it")

    with monkeypatch.context() as patch:
        patch.setattr(story.world.schedules, "put", refuse)
        story.attempt(story.moves[0])
    story.reconcile()

    assert ({ID: "failed"}, before) == (states(story), story.world.live)
    assert "the factory lacks schedules.put" in waited_for(story)


def waited_for(story: Story) -> str:
    (found,) = promotion_statuses(story.world.objects, LEDGER, candidates(story.world.objects, LEDGER))
    return found.reason


def alive(id_: str) -> Build:
    return Build(
        id=id_, project="p", trigger="forecasting-push", branch="feature/x", commit=COMMIT, status="WORKING",
        service_account="factory@p", created=NOON, finished=None, steps=(), error="",
    )  # fmt: skip
