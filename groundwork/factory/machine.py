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
from groundwork.factory.promotion_log import DEATHS, Journal, told
from groundwork.factory.protocols import Busy, Effect, Fault, Json, Ledger, NotNow, Taken, Unwritten
from groundwork.ports.errors import Unavailable

__all__ = [
    "Busy",
    "Done",
    "Effect",
    "Fault",
    "Journal",
    "Json",
    "Ledger",
    "NotNow",
    "Outcome",
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
"""An hour of the clock's ticks."""

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
    run: Callable[[Journal], Done | Wait | Rejected]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How far a promotion has come."""

    ending: str
    """`waiting`, or how it ended: one of `journal.ENDINGS`."""
    why: str
    left: tuple[str, ...] = ()
    """What could not be unmade, and how a person removes each; the next `advance` tries again."""


def advance(journal: Journal, steps: Sequence[Step], *, before_end: Callable[[str, str], None] | None = None) -> Outcome:
    """Go as far as possible.

    A step that breaks ends the promotion as `failed`; one that something was unavailable to waits for the next call. What the
    world does to a step (a disk, a network, the end of its process) is tried again by later calls, so often and no more.
    `before_end` is called with the ending and why, when all is unmade and the last record is still to be written.
    Raises Taken and Busy where another runner has the promotion, and Unwritten where the ledger took no record.
    """
    journal.attempt()
    if journal.ending is None and journal.deaths >= DEATHS:
        journal.end("failed", _died(journal, _next(journal, steps)))
    while journal.ending is None:
        waits = _take(journal, _next(journal, steps))
        if waits is not None:
            return Outcome(ending=WAITING, why=waits)
    ending, why = journal.ending
    if not journal.ended:
        left = [text for key in journal.left() if (text := journal.unmake(key))]
        if left:
            journal.rest("stuck", f"{len(left)} could not be unmade")
            return Outcome(ending=ending, why=why, left=tuple(left))
        if before_end:
            before_end(ending, why)
        journal.write("end", ending)
    return Outcome(ending=ending, why=why)


def _next(journal: Journal, steps: Sequence[Step]) -> Step | None:
    if not steps:
        raise ValueError("only a promotion that has its ending can be advanced without steps")
    done = journal.all("done")
    return next((step for step in steps if step.name not in done), None)


def _take(journal: Journal, step: Step | None) -> str | None:
    """Take a step (None: there are no more); return what it waits for, if it does."""
    if step is None:
        journal.end("promoted", "every step is done")
        return None
    try:
        outcome = step.run(journal)
    except (Taken, Busy, Unwritten):
        raise
    except Exception as error:  # noqa: BLE001  whatever it is, the ledger says it
        return _stopped(journal, step, error)
    match outcome:
        case Done(output):
            journal.write("done", step.name, output=output)
        case Rejected(why):
            journal.end("rejected", why)
        case Wait(why):
            journal.note_wait(step.name, why)
            return why
    return None


def _stopped(journal: Journal, step: Step, error: Exception) -> str | None:
    """Wait for what may work later, count what the world did, and fail for the rest; return what it waits for, if it does."""
    if not isinstance(error, GroundworkError):
        _log.error("step %s broke", step.name, exc_info=error)
    if attempts := _attempts(error):
        return _again(journal, step, error, attempts)
    if isinstance(error, Unavailable):  # what may work later ends nothing: whoever advances next tries again
        journal.rest(step.name, told(error))
        return told(error)
    journal.end("failed", f"{step.name}: {told(error)}")
    return None


def _attempts(error: Exception) -> int:
    """Return how often what failed so is tried, or 0 for what is no fault of the platform's."""
    if isinstance(error, Fault):
        return error.attempts
    return _ATTEMPTS if isinstance(error, _WORLD) and not isinstance(error, _ANSWERS) else 0


def _again(journal: Journal, step: Step, error: Exception, attempts: int) -> str | None:
    """Wait for another try, or end what was tried often enough; return what it waits for, if it does."""
    if journal.faults + 1 >= attempts:
        journal.end("failed", f"{step.name}: the platform failed at it {attempts} times: {told(error)}")
        return None
    journal.note_fault(step.name, told(error))
    return told(error)


def _died(journal: Journal, step: Step | None) -> str:
    at = step.name if step else "the end"
    builds = ", ".join(str(record["by"]) for record in journal.records[-1 - journal.deaths : -1])
    return f"{at}: whoever ran it ended before it was done, {journal.deaths} times; see the logs of their builds: {builds}"
