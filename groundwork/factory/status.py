"""Derive the status of a promotion from its records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from groundwork.contract.candidate import Candidate
from groundwork.contract.ledger_records import (
    Applied,
    Completed,
    Ended,
    OutcomeDecided,
    Record,
    Reverted,
    RevertFailed,
    Waiting,
    candidate_of,
    latest,
)
from groundwork.errors import GroundworkError
from groundwork.factory.ledger import Ledger
from groundwork.factory.steps import order
from groundwork.ports.errors import PortError

BROKEN = "ledger-changed"


@dataclass(frozen=True, kw_only=True)
class PromotionStatus:
    """The status of one promotion, as `groundwork status` shows it."""

    id: str
    candidate: Candidate | None
    """None for a ledger that cannot be read: its statements about the candidate may be wrong."""
    state: str
    """The next step, `waiting for review`, the outcome, the outcome with a failed rollback, or `ledger-changed`."""
    ended: bool
    """Whether all effects are rolled back that the outcome requires."""
    number: int | None
    """The number of its pull request."""
    since: str
    """The time of the last record: ISO 8601, UTC; "" for a ledger that cannot be read."""
    reason: str
    """The reason of the outcome or of the wait, or the problem of the ledger."""
    leftovers: tuple[str, ...]
    """The effects that could not be rolled back, each with its manual removal."""


def promotion_status(candidate: Candidate, records: Sequence[Record]) -> PromotionStatus:
    """Return the status of a candidate's promotion from its records."""
    decided = next((record for record in records if isinstance(record, OutcomeDecided)), None)
    reverted, failed = latest(records, Reverted), latest(records, RevertFailed)
    leftovers = tuple(record.leftovers for key, record in failed.items() if key not in reverted)
    ended = any(isinstance(record, Ended) for record in records)
    proposed = latest(records, Applied).get("proposal")
    completed = set(latest(records, Completed))
    return PromotionStatus(
        id=candidate.id,
        candidate=candidate,
        state=_state(candidate, completed, decided.key if decided else None, ended=ended, rollback_failed=bool(leftovers)),
        ended=ended,
        number=int(proposed.result["number"]) if proposed else None,
        since=records[-1].at,
        reason=decided.reason if decided else _waits_for(records[-1]),
        leftovers=() if ended else leftovers,
    )


def promotion_statuses(objects: Any, root: str, candidates: Sequence[str]) -> Iterator[PromotionStatus]:
    """Yield the status of each started promotion; an unreadable ledger gets the state `ledger-changed`."""
    for candidate in candidates:
        try:
            records = Ledger(objects, root, candidate).read()
            if found := candidate_of(records):
                yield promotion_status(found, records)
        except PortError:
            raise
        except GroundworkError as error:
            yield _broken(candidate, error.message)
        except (LookupError, TypeError, ValueError) as error:  # a valid chain of records that the factory does not write
            yield _broken(candidate, f"the ledger of `{candidate}` describes no promotion: {error!r}")


def _broken(id_: str, reason: str) -> PromotionStatus:
    return PromotionStatus(id=id_, candidate=None, state=BROKEN, ended=False, number=None, since="", reason=reason, leftovers=())


def _waits_for(last: Record) -> str:
    """Return the reason of the last runner's wait; "" while a runner is active, or after a crash."""
    return last.reason if isinstance(last, Waiting) else ""


def _state(candidate: Candidate, completed: set[str], ending: str | None, *, ended: bool, rollback_failed: bool) -> str:
    if ending is not None:
        return ending if ended else f"{ending}, rollback failed" if rollback_failed else f"{ending}, being rolled back"
    step = next((step for step in order(candidate) if step not in completed), "release")
    return "waiting for review" if step == "review" else step
