"""Ends every process of a step, also those that hid: new sessions, double forks, orphans."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psutil

MARK = "GROUNDWORK_BUILD"
STEP_MARK = "GROUNDWORK_BUILD_STEP"

_SET_CHILD_SUBREAPER = 36  # prctl(2)


def adopt_orphans() -> bool:
    """Make orphans among this process's descendants its children instead of init's; returns whether the system can (Linux)."""
    if sys.platform != "linux":
        return False
    return bool(ctypes.CDLL(None, use_errno=True).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)


def end_descendants() -> None:
    """Kill until this process, which adopts orphans, has no child left."""
    import psutil  # noqa: PLC0415  45 ms that most steps need not pay: they leave nothing behind

    here = psutil.Process()
    while _reap():
        for process in here.children(recursive=True):
            _kill(process)
        time.sleep(0.005)


def end_marked(name: str, value: str, *, patience: float = 10) -> int:
    """Kill every process of this user whose environment says name=value, but this one; return how many there were."""
    ended = set()
    deadline = time.monotonic() + patience
    while found := [process for process in _marked(name, value) if process.pid != os.getpid()]:
        for process in found:
            ended.add(process.pid)
            _kill(process)
        if time.monotonic() > deadline:
            break
        time.sleep(0.01)
    return len(ended)


def _marked(name: str, value: str) -> Iterator[psutil.Process]:
    import psutil  # noqa: PLC0415  as above

    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if (
                process.uids().real == os.getuid()
                and process.environ().get(name) == value
                and process.status() != psutil.STATUS_ZOMBIE
            ):
                yield process


def _kill(process: psutil.Process) -> None:
    import psutil  # noqa: PLC0415  as above

    with suppress(psutil.Error, OSError):
        process.send_signal(signal.SIGKILL)


def _reap() -> bool:
    """Collect children that ended; return whether there are others."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
        return True
    return False
