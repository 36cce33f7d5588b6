"""Which review decision counts: whatever the Git provider let through is looked at again, by whoever acts on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from groundwork.contract.accounts import accounts
from groundwork.ports.git_provider import ReviewDecision


@dataclass(frozen=True, kw_only=True)
class Question:
    """What people are asked, and whom of them."""

    commit: str
    report: str
    """The digest of what they see."""
    reviewers: tuple[str, ...]
    """Of the environment that receives the change."""
    people: frozenset[str]
    """Who has a part in the change: none of them decides on it."""

    @property
    def left(self) -> list[str]:
        """The reviewers who may decide."""
        part = accounts(self.people, self.reviewers)
        return [each for each in self.reviewers if not accounts([each], self.reviewers) & part]


def objection(asked: Question, given: ReviewDecision) -> str:
    """Return why a review decision does not count, or "" when it does."""
    who = accounts([given.reviewer], asked.reviewers)
    if not who & accounts(asked.reviewers, asked.reviewers):
        return "who gave it is not among the reviewers of the environment that receives the change"
    if who & accounts(asked.people, asked.reviewers):
        return "nobody evaluates a change of their own, and who gave it has a part in this one"
    if given.commit != asked.commit:
        return f"it is on commit {given.commit[:12]}, not on {asked.commit[:12]}"
    if given.report != asked.report:
        return "it is on another report"
    return ""


def counting(asked: Question, decisions: Sequence[ReviewDecision]) -> ReviewDecision | None:
    """Return the newest review decision that counts; `decisions` are in the order in which they were given."""
    # decision 21: a review decision that does not count changes nothing
    return next((given for given in reversed(decisions) if not objection(asked, given)), None)


def waited_for(asked: Question, decisions: Iterable[ReviewDecision]) -> str:
    """Say what is missing: a review decision, one that counts, or anybody who could give it."""
    reasons = [f"that of {given.reviewer} does not count: {objection(asked, given)}" for given in decisions]
    said = f"; {reasons[-1]}" if reasons else ""
    if not asked.left:
        return f"nobody is left to decide: every reviewer has a part in the change. Close the pull request to end it{said}"
    return f"waits for a review decision of {' or '.join(asked.left)}{said}"
