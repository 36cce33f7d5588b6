"""Who is evaluated: what a promotion's first record says, and how candidates are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict

from groundwork.printable import bounded

BEGUN = "begun"
RETRIED = frozenset({"failed", "expired"})
"""Endings that say nothing of the commit: a person may have it tried again."""

_Bounded = Annotated[str, AfterValidator(bounded)]
"""What a commit says: it stands in the ledger's first record, and may be of any length."""


class Candidate(BaseModel):
    """One commit on one branch of the chain, for one deployment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    deployment: str
    branch: str
    target: str | None
    """The branch that it is to go to; None on the last."""
    commit: str
    author: _Bounded
    """E-mail address, as the commit says."""
    people: tuple[str, ...] = ()
    """The accounts of everybody who has a part in what it brings: none of them decides on it."""
    approved_by: str = ""
    """On the last branch: who approved the pull request that this commit merged; empty while nothing serves."""
    subject: _Bounded
    parent: str
    """The candidate whose merge this commit is; empty for a push by a person."""
    base: str
    """The commit that it is compared with: where the target stands; on the last branch, what was there before."""
    back_to: str = ""
    """For a rollback: the candidate whose version is to serve again. A rollback has no branch and no commit."""
    retried_by: str = ""
    """Who asked for another try of a commit whose promotion had failed or expired; empty for the first."""
    retried_reason: str = ""
    """And why."""

    @classmethod
    def of(cls, records: Sequence[Mapping[str, Any]]) -> Candidate:
        """Return the candidate that a promotion is of, from its records."""
        (first,) = [record for record in records if record["what"] == BEGUN]
        return cls.model_validate({name: first[name] for name in cls.model_fields if name in first} | {"id": first["key"]})

    def facts(self) -> dict[str, Any]:
        """Return what the first record says beside its key."""
        return self.model_dump(exclude={"id"})


def candidate_id(deployment: str, commit: str, attempt: int = 1) -> str:
    """Return how a candidate is called: fit for a stack, a folder, a label, and with underscores for a dataset."""
    first = f"{deployment}-{commit[:12]}"
    return first if attempt == 1 else f"{first}-{attempt}"


def way_out(candidate: Candidate, ending: str) -> str:
    """Return what a person does about an ending that says nothing of the commit, or ""."""
    return f"`groundwork review retry {candidate.id}` tries the commit again" if ending in RETRIED and candidate.branch else ""
