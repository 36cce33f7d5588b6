"""Move one candidate one branch up, or back to nothing.

Everything that is known is folded from the ledger's records, so that any process, of this release or a later one, can
go on where another was killed. Steps decide; effects change the world and can change it back; only `advance` moves.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from groundwork.errors import GroundworkError
from groundwork.factory.promotion_log import DEATHS, PromotionLog, told
from groundwork.factory.protocols import Busy, Effect, Fault, Json, Ledger, NotNow, Taken, Unwritten
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

_WORLD = (OSError, MemoryError, sqlite3.OperationalError)
"""Disks, networks, memory: another machine, another day. (An OSError is also what `requests` raises, and a connection's end.)"""
_ANSWERS = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError, PermissionError)
"""Those of them that say something of what was asked: the next runner would hear the same."""
_ATTEMPTS = 12
"""An hour of the clock's reconciliations."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Done:
    """The step is over; what it found out is kept for those behind it."""

    output: Json


@dataclass(frozen=True)
class Wait:
    """Somebody or something has to come first. Nothing is wrong."""

    why: str


@dataclass(frozen=True)
class Rejected:
    """A person, or the gate, said no."""

    why: str


@dataclass(frozen=True)
class Step:
    """One stretch of the way. It may be begun any number of times, and ends once."""

    name: str
    run: Callable[[PromotionLog], Done | Wait | Rejected]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How far a promotion has come."""

    ending: str
    """`waiting`, or how it ended: one of `promotion_log.ENDINGS`."""
    why: str
    left: tuple[str, ...] = ()
    """What could not be rolled back, and how a person removes each; the next `advance` tries again."""


def advance(
    promotion_log: PromotionLog, steps: Sequence[Step], *, before_end: Callable[[str, str], None] | None = None
) -> Outcome:
    """Go as far as possible.

    A step that breaks ends the promotion as `failed`; one that something was unavailable to waits for the next call. What the
    world does to a step (a disk, a network, the end of its process) is tried again by later calls, so often and no more.
    `before_end` is called with the ending and why, when all is rolled back and the last record is still to be written.
    Raises Taken and Busy where another runner has the promotion, and Unwritten where the ledger took no record.
    """
    promotion_log.attempt()
    if promotion_log.ending is None and promotion_log.deaths >= DEATHS:
        promotion_log.end("failed", _died(promotion_log, _next(promotion_log, steps)))
    while promotion_log.ending is None:
        waits = _take(promotion_log, _next(promotion_log, steps))
        if waits is not None:
            return Outcome(ending=WAITING, why=waits)
    ending, why = promotion_log.ending
    if not promotion_log.ended:
        left = [text for key in promotion_log.left() if (text := promotion_log.roll_back(key))]
        if left:
            promotion_log.rest("stuck", f"{len(left)} could not be rolled back")
            return Outcome(ending=ending, why=why, left=tuple(left))
        if before_end:
            before_end(ending, why)
        promotion_log.write("end", ending)
    return Outcome(ending=ending, why=why)


def _next(promotion_log: PromotionLog, steps: Sequence[Step]) -> Step | None:
    if not steps:
        raise ValueError("only a promotion that has its ending can be advanced without steps")
    done = promotion_log.all("done")
    return next((step for step in steps if step.name not in done), None)


def _take(promotion_log: PromotionLog, step: Step | None) -> str | None:
    """Take a step (None: there are no more); return what it waits for, if it does."""
    if step is None:
        promotion_log.end("promoted", "every step is done")
        return None
    try:
        outcome = step.run(promotion_log)
    except (Taken, Busy, Unwritten):
        raise
    except Exception as error:  # noqa: BLE001  whatever it is, the ledger says it
        return _stopped(promotion_log, step, error)
    match outcome:
        case Done(output):
            promotion_log.write("done", step.name, output=output)
        case Rejected(why):
            promotion_log.end("rejected", why)
        case Wait(why):
            promotion_log.note_wait(step.name, why)
            return why
    return None


def _stopped(promotion_log: PromotionLog, step: Step, error: Exception) -> str | None:
    """Wait for what may work later, count what the world did, and fail for the rest; return what it waits for, if it does."""
    if not isinstance(error, GroundworkError):
        _log.error("step %s broke", step.name, exc_info=error)
    if attempts := _attempts(error):
        return _again(promotion_log, step, error, attempts)
    if isinstance(error, Unavailable):  # what may work later ends nothing: whoever advances next tries again
        promotion_log.rest(step.name, told(error))
        return told(error)
    promotion_log.end("failed", f"{step.name}: {told(error)}")
    return None


def _attempts(error: Exception) -> int:
    """Return how often what failed so is tried, or 0 for what is no fault of the platform's."""
    if isinstance(error, Fault):
        return error.attempts
    return _ATTEMPTS if isinstance(error, _WORLD) and not isinstance(error, _ANSWERS) else 0


def _again(promotion_log: PromotionLog, step: Step, error: Exception, attempts: int) -> str | None:
    """Wait for another try, or end what was tried often enough; return what it waits for, if it does."""
    if promotion_log.faults + 1 >= attempts:
        promotion_log.end("failed", f"{step.name}: the platform failed at it {attempts} times: {told(error)}")
        return None
    promotion_log.note_fault(step.name, told(error))
    return told(error)


def _died(promotion_log: PromotionLog, step: Step | None) -> str:
    at = step.name if step else "the end"
    builds = ", ".join(str(record["by"]) for record in promotion_log.records[-1 - promotion_log.deaths : -1])
    return f"{at}: whoever ran it ended before it was done, {promotion_log.deaths} times; see the logs of their builds: {builds}"
