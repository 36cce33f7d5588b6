"""Ends every process of a step, also those that hid: new sessions, double forks, orphans."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import psutil


_SET_CHILD_SUBREAPER = 36  # prctl(2)
_PATIENCE = 10.0
"""Seconds to go on killing: a process that waits for a disk dies when that answers."""


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


def end_orphans(spared: Collection[int]) -> None:
    """Kill the children of this process, which adopts orphans, and all below them, but those spared and all below those."""
    import psutil  # noqa: PLC0415  as above

    deadline = time.monotonic() + _PATIENCE
    while children := [child for child in psutil.Process().children() if child.pid not in spared]:
        for child in children:
            for process in (child, *_below(child)):
                _kill(process)
            with suppress(ChildProcessError):
                os.waitpid(child.pid, os.WNOHANG)
        if time.monotonic() > deadline:
            break
        time.sleep(0.005)


def end_marked(name: str, value: str, folder: Path | None = None) -> int:
    """Kill every process of this user but this one whose environment says name=value, or that works in a folder.

    Return how many there were.
    """
    ended = set()
    deadline = time.monotonic() + _PATIENCE
    while found := [process for process in _marked(name, value, folder) if process.pid != os.getpid()]:
        for process in found:
            ended.add(process.pid)
            _kill(process)
        if time.monotonic() > deadline:
            break
        time.sleep(0.01)
    return len(ended)


def _marked(name: str, value: str, folder: Path | None) -> Iterator[psutil.Process]:
    import psutil  # noqa: PLC0415  as above

    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.uids().real != os.getuid() or process.status() == psutil.STATUS_ZOMBIE:
                continue
            if process.environ().get(name) == value or (folder and Path(process.cwd()).is_relative_to(folder)):
                yield process


def _below(process: psutil.Process) -> list[psutil.Process]:
    import psutil  # noqa: PLC0415  as above

    with suppress(psutil.Error):
        return process.children(recursive=True)
    return []


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
