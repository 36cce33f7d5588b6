"""Ctrl-C for a command that runs many others: each hears of it once, none is left, and one line says how to go on.

The command goes on in another process, which leads a session of its own; the first one stays at the terminal, and passes on that
it is to stop. So it does not matter who asked: a terminal tells every process, `kill` one of them, and Pulumi takes being told
twice for "at once", which leaves its lock behind.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from groundwork.cli.output import say
from groundwork.twin.core.processes import adopt_orphans, end_descendants

ENDING = "stopping: what is under way is being ended; once more ends it at once"
STOPPED = 128 + signal.SIGINT
_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SET_PARENT_DEATH_SIGNAL = 1  # prctl(2)

_asked: list[int] = []
"""Signals that this process was sent, in the one that does the work."""


class Stopped(Exception):
    """A person asked to stop."""


def again(target: str) -> str:
    """Return what a person is told who stopped one of make's targets."""
    return f"stopped; `make {target}` goes on from what is there, `groundwork twin reset` begins anew"


def go_on() -> None:
    """Raise Stopped where a person has asked to stop; to be asked between two things to do."""
    if _asked:
        raise Stopped


@contextmanager
def stoppable(said: str) -> Iterator[None]:
    """Do something that takes long, in another process; `said` is the last line for a person who stops it.

    The process that called does not come back: it ends as the other one does.
    """
    if worker := _parted():
        sys.exit(_watch(worker, said))
    try:
        yield
    except BaseException:
        if not _asked:
            raise
    if _asked:
        say(said)
        sys.exit(STOPPED)


def _parted() -> int:
    """Part into two processes: return the worker's number to the one that watches, and 0 to the worker."""
    sys.stdout.flush()
    sys.stderr.flush()
    adopt_orphans()
    if worker := os.fork():
        return worker
    os.setsid()
    _leave_with_parent()
    for number in _STOPS:
        signal.signal(number, lambda number, _: _asked.append(number))
    vars(subprocess)["Popen"] = _Told  # for all who start a program in this process; Pulumi's Automation API does, too
    return 0


class _Told(subprocess.Popen[Any]):
    """A program that is told to stop where that was asked for before it was there to hear of it."""

    def __init__(self, *words: Any, **options: Any) -> None:
        super().__init__(*words, **options)
        if _asked:
            self.send_signal(signal.SIGINT)


def _leave_with_parent() -> None:
    if sys.platform == "linux":  # elsewhere a `kill -9` of the first process leaves the work to go on
        ctypes.CDLL(None, use_errno=True).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGINT, 0, 0, 0)


def _watch(worker: int, said: str) -> int:
    """Wait for the worker and return its exit code; nothing that it started is left behind."""
    told: list[int] = []

    def pass_on(number: int, _frame: object) -> None:
        told.append(number)
        if len(told) == 1:
            say(ENDING)  # first: what the worker says of it is the last line
        with suppress(ProcessLookupError):
            os.killpg(worker, signal.SIGINT if len(told) == 1 else signal.SIGKILL)

    for number in _STOPS:
        signal.signal(number, pass_on)
    code = os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])
    end_descendants()
    if told and code != STOPPED:  # it had no time to say it itself
        say(said)
    return STOPPED if told else code if code >= 0 else 128 - code
