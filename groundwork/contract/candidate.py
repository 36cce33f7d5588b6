"""A candidate: one commit that the factory evaluates, as stored in the first record of its promotion."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from groundwork.printable import bounded

RETRIABLE = frozenset({"failed", "expired"})
"""Outcomes with a cause outside of the commit: a person may request another attempt."""

_KEPT = 600
"""The longest text of a commit in a record, in characters; longer than the texts of `bounded`, so that text is cut once."""


def _cut(text: str) -> str:
    return text if len(text) <= _KEPT else bounded(text)


_Bounded = Annotated[str, AfterValidator(_cut)]


class Candidate(BaseModel):
    """One commit on one branch of the chain, for one deployment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    """The candidate's name; a second attempt at the same commit has a number behind it."""
    deployment: str
    """The deployment that the commit changes."""
    branch: str
    """The branch that the commit was pushed to; empty for a rollback."""
    target: str | None
    """The branch that the candidate is promoted to; None on the chain's last branch."""
    commit: str
    """The full commit id; for a rollback, the commit of the earlier champion."""
    author: _Bounded
    """The e-mail address of the commit's author; for a rollback, the person who requested it."""
    people: tuple[str, ...] = ()
    """The accounts of all who contributed to the change: none of them may review it."""
    approved_by: str = ""
    """On the last branch: the reviewer who approved the merged pull request; empty while nothing serves."""
    subject: _Bounded
    """The first line of the commit's message; for a rollback, its reason."""
    parent: str
    """The candidate that this commit merged; empty for a push by a person."""
    base: str
    """The commit that this one is compared with: the head of the target or, on the last branch, the commit before."""
    back_to: str = ""
    """For a rollback: the candidate that is to serve again."""
    retried_by: str = ""
    """The person who asked for another attempt after a failure or an expiry; empty for the first attempt."""
    retried_reason: str = ""
    """The reason of that person for another attempt."""


def candidate_id(deployment: str, commit: str, attempt: int = 1) -> str:
    """Return a candidate's name: valid for a stack, a folder and a label and, with underscores, for a dataset."""
    first = f"{deployment}-{commit[:12]}"
    return first if attempt == 1 else f"{first}-{attempt}"


def next_action(candidate: Candidate, outcome: str) -> str:
    """Return the next action of a person after a retriable outcome, "" for other outcomes."""
    if outcome not in RETRIABLE or not candidate.branch:
        return ""
    return f"`groundwork review retry {candidate.id}` evaluates the commit again"
