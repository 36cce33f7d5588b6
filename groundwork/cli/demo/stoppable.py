"""Ctrl-C for a command that runs many others: each gets one signal, no process is left, and one line says how to continue.

The command runs in a second process, which leads its own session. The first process stays at the terminal and forwards one
signal. So the source of a signal does not matter: a terminal signals every process, `kill` one of them, and Pulumi takes a second
signal for "at once", which leaves its lock.
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

ENDING = "stopping after the current operation; press Ctrl-C again to stop at once"
STOPPED = 128 + signal.SIGINT
_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SET_PARENT_DEATH_SIGNAL = 1  # prctl(2)

_asked: list[int] = []
"""Signals that the working process has received."""


class Stopped(Exception):
    """A person asked to stop."""


def again(target: str) -> str:
    """Return the last line after a stop of one of make's targets."""
    return f"stopped; `make {target}` continues, `groundwork twin reset` starts again from nothing"


def go_on() -> None:
    """Raise Stopped if a person has asked to stop; to be called between two operations."""
    if _asked:
        raise Stopped


@contextmanager
def stoppable(said: str) -> Iterator[None]:
    """Run a block that takes long, in another process; `said` is the last line after a stop.

    The calling process does not return: it ends with the exit code of the other one.
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
    """Fork: return the worker's process id to the watching process, and 0 to the worker."""
    sys.stdout.flush()
    sys.stderr.flush()
    adopt_orphans()
    if worker := os.fork():
        return worker
    os.setsid()
    _leave_with_parent()
    for number in _STOPS:
        signal.signal(number, lambda number, _: _asked.append(number))
    vars(subprocess)["Popen"] = _Signalled  # for all code of this process, Pulumi's Automation API included
    return 0


class _Signalled(subprocess.Popen[Any]):
    """A program that gets the signal to stop, if a person asked for that before the program had started."""

    def __init__(self, *words: Any, **options: Any) -> None:
        super().__init__(*words, **options)
        if _asked:
            self.send_signal(signal.SIGINT)


def _leave_with_parent() -> None:
    if sys.platform == "linux":  # elsewhere the work continues after a `kill -9` of the first process
        ctypes.CDLL(None, use_errno=True).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGINT, 0, 0, 0)


def _watch(worker: int, said: str) -> int:
    """Wait for the worker and return its exit code; end all processes that it started."""
    received: list[int] = []

    def pass_on(number: int, _frame: object) -> None:
        received.append(number)
        if len(received) == 1:
            say(ENDING)  # before the signal: the worker prints the last line
        with suppress(ProcessLookupError):
            os.killpg(worker, signal.SIGINT if len(received) == 1 else signal.SIGKILL)

    for number in _STOPS:
        signal.signal(number, pass_on)
    code = os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])
    end_descendants()
    if received and code != STOPPED:  # it was killed before it could print the line
        say(said)
    return STOPPED if received else code if code >= 0 else 128 - code
