"""Decide which review decision counts. The factory checks every accepted decision again, each time it acts on one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from groundwork.contract.accounts import accounts
from groundwork.ports.git_provider import ReviewDecision


@dataclass(frozen=True, kw_only=True)
class Question:
    """The subject of a review decision, and the reviewers and contributors of the change."""

    commit: str
    report: str
    """The digest of the report that the reviewers see."""
    reviewers: tuple[str, ...]
    """The reviewers of the environment that receives the change."""
    people: frozenset[str]
    """The accounts of all who contributed to the change: none of them may review it."""

    @property
    def permitted(self) -> list[str]:
        """The reviewers who may decide."""
        part = accounts(self.people, self.reviewers)
        return [each for each in self.reviewers if not accounts([each], self.reviewers) & part]


def objection(question: Question, decision: ReviewDecision) -> str:
    """Return why a review decision does not count, or "" when it does."""
    who = accounts([decision.reviewer], question.reviewers)
    if not who & accounts(question.reviewers, question.reviewers):
        return "its author is not a reviewer of the environment that receives the change"
    if who & accounts(question.people, question.reviewers):
        return "its author contributed to the change, and contributors do not review it"
    if decision.commit != question.commit:
        return f"it is on commit {decision.commit[:12]}, not on {question.commit[:12]}"
    if decision.report != question.report:
        return "it is on another report"
    return ""


def counting(question: Question, decisions: Sequence[ReviewDecision]) -> ReviewDecision | None:
    """Return the newest review decision that counts; `decisions` are in the order in which they were given."""
    # decision 21: a review decision that does not count changes nothing
    return next((decision for decision in reversed(decisions) if not objection(question, decision)), None)


def waited_for(question: Question, decisions: Iterable[ReviewDecision]) -> str:
    """Return a description of the missing part: a review decision, a valid one, or a permitted reviewer."""
    reasons = [f"that of {decision.reviewer} does not count: {objection(question, decision)}" for decision in decisions]
    said = f"; {reasons[-1]}" if reasons else ""
    if not question.permitted:
        return f"has no permitted reviewer: every reviewer contributed to the change. Close the pull request to end it{said}"
    return f"waits for a review decision of {' or '.join(question.permitted)}{said}"
