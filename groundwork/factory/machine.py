"""Advance one candidate by one branch, or roll its promotion back.

The state is derived from the ledger's records only, so that any process, of this release or a later one, can continue where
another was killed. Steps decide; effects change the world and can be rolled back; only `advance` calls either.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from groundwork.contract.ledger_records import Completed, Ended, Json
from groundwork.errors import GroundworkError
from groundwork.factory.promotion_log import CRASHES, PromotionLog, error_text
from groundwork.factory.protocols import Busy, Effect, Fault, Ledger, NotNow, Taken, Unwritten
from groundwork.ports.errors import Unavailable

__all__ = [
    "Busy",
    "Done",
    "Effect",
    "Fault",
    "Json",
    "Ledger",
    "NotNow",
    "Outcome",
    "PromotionLog",
    "Rejected",
    "Step",
    "Taken",
    "Unwritten",
    "Wait",
    "advance",
]

WAITING = "waiting"
ROLLBACK = "rollback"
"""The key of the wait of a promotion with effects that could not be rolled back."""

_WORLD = (OSError, MemoryError, sqlite3.OperationalError)
"""Failures of disks, networks and memory, which another machine may not have. (`requests` and lost connections raise OSError.)"""
_ANSWERS = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError, PermissionError)
"""Those of them that answer the request: the next runner would get the same answer."""
_ATTEMPTS = 12
"""The number of scheduled reconciliations in an hour."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Done:
    """The step is complete; its results are kept for the steps after it."""

    output: Json


@dataclass(frozen=True)
class Wait:
    """The step needs a person or another promotion first. This is not an error."""

    reason: str


@dataclass(frozen=True)
class Rejected:
    """A person or the gate rejected the candidate."""

    reason: str


@dataclass(frozen=True)
class Step:
    """One step of a promotion. It may be run any number of times until it is complete."""

    name: str
    run: Callable[[PromotionLog], Done | Wait | Rejected]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The state of a promotion after a call of `advance`."""

    ending: str
    """`waiting`, or the outcome: one of `ledger_records.ENDINGS`."""
    reason: str
    leftovers: tuple[str, ...] = ()
    """The effects that could not be rolled back, each with its manual removal; the next call of `advance` tries again."""


def advance(
    promotion_log: PromotionLog, steps: Sequence[Step], *, before_end: Callable[[str, str], None] | None = None
) -> Outcome:
    """Run the promotion's steps as far as possible, or roll it back.

    A step that raises ends the promotion as `failed`; one that raises Unavailable waits for the next call. After a failure of
    the machine (a disk, a network, a killed process) later calls try again, a limited number of times. `before_end` is called
    with the outcome and its reason, after everything is rolled back and before the last record is written. Raises Taken and Busy
    while another runner holds the promotion, and Unwritten when the ledger stored no record.
    """
    promotion_log.attempt()
    if promotion_log.ending is None and promotion_log.crashes >= CRASHES:
        promotion_log.end("failed", _crashed(promotion_log, _next(promotion_log, steps)))
    while promotion_log.ending is None:
        waits = _take(promotion_log, _next(promotion_log, steps))
        if waits is not None:
            return Outcome(ending=WAITING, reason=waits)
    ending, reason = promotion_log.ending
    if not promotion_log.ended:
        leftovers = [text for key in promotion_log.to_roll_back() if (text := promotion_log.roll_back(key))]
        if leftovers:
            promotion_log.rest(ROLLBACK, f"{len(leftovers)} effects could not be rolled back")
            return Outcome(ending=ending, reason=reason, leftovers=tuple(leftovers))
        if before_end:
            before_end(ending, reason)
        promotion_log.write(Ended, ending)
    return Outcome(ending=ending, reason=reason)


def _next(promotion_log: PromotionLog, steps: Sequence[Step]) -> Step | None:
    if not steps:
        raise ValueError("without steps, only a promotion with a decided outcome can be advanced")
    done = promotion_log.all(Completed)
    return next((step for step in steps if step.name not in done), None)


def _take(promotion_log: PromotionLog, step: Step | None) -> str | None:
    """Run a step (None: all are complete); return the reason of its wait, or None."""
    if step is None:
        promotion_log.end("promoted", "every step is done")
        return None
    try:
        outcome = step.run(promotion_log)
    except (Taken, Busy, Unwritten):
        raise
    except Exception as error:  # noqa: BLE001  the ledger records every error
        return _stopped(promotion_log, step, error)
    match outcome:
        case Done(output):
            promotion_log.write(Completed, step.name, output=output)
        case Rejected(reason):
            promotion_log.end("rejected", reason)
        case Wait(reason):
            promotion_log.note_wait(step.name, reason)
            return reason
    return None


def _stopped(promotion_log: PromotionLog, step: Step, error: Exception) -> str | None:
    """Wait after a temporary error, count faults of the platform, and fail otherwise; return the reason of the wait, or None."""
    if not isinstance(error, GroundworkError):
        _log.error("step %s broke", step.name, exc_info=error)
    if attempts := _attempts(error):
        return _again(promotion_log, step, error, attempts)
    if isinstance(error, Unavailable):  # a temporary error ends nothing: the next runner tries again
        promotion_log.rest(step.name, error_text(error))
        return error_text(error)
    promotion_log.end("failed", f"{step.name}: {error_text(error)}")
    return None


def _attempts(error: Exception) -> int:
    """Return the number of attempts at such an error, or 0 for one that is not a fault of the platform."""
    if isinstance(error, Fault):
        return error.attempts
    return _ATTEMPTS if isinstance(error, _WORLD) and not isinstance(error, _ANSWERS) else 0


def _again(promotion_log: PromotionLog, step: Step, error: Exception, attempts: int) -> str | None:
    """Wait for another attempt, or fail after the last one; return the reason of the wait, or None."""
    if promotion_log.faults + 1 >= attempts:
        promotion_log.end("failed", f"{step.name}: the platform failed {attempts} times: {error_text(error)}")
        return None
    promotion_log.note_fault(step.name, error_text(error))
    return error_text(error)


def _crashed(promotion_log: PromotionLog, step: Step | None) -> str:
    at = step.name if step else "the end"
    builds = ", ".join(record.by for record in promotion_log.records[-1 - promotion_log.crashes : -1])
    return f"{at}: its runner crashed {promotion_log.crashes} times; see the logs of the builds {builds}"
