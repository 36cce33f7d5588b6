"""Locks a twin: processes that work on it hold the lock together, and a reset holds it exclusively.

The lock is a file beside the twin's folder, as the folder goes with a reset; the file stays, because a lock on a file that was
removed keeps no process out. The kernel frees the locks of a killed process.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from groundwork.errors import GroundworkError
from groundwork.printable import printable

_LONGEST = 80
"""Characters of a command line that are shown."""
_INSIDE = {"groundwork.twin.interfaces.git": "the builds of a push", "groundwork.twin.cloudbuild.submitted": "a build"}
"""Modules that are started by other programs, with a description for a person."""


class Held:
    """An open lock; it ends when it is closed, or when it is no longer referenced."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def take(self, how: int) -> bool:
        """Take the lock as `flock` does; return whether it was free."""
        try:
            fcntl.flock(self._descriptor, how)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        """Release the lock; a second call does no harm."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __del__(self) -> None:
        if hasattr(self, "_descriptor"):
            self.close()


def lock(root: Path) -> Path:
    """Return the file that stands for the use of a twin."""
    resolved = root.resolve()
    return resolved.with_name(f"{resolved.name}.lock")


def share(root: Path) -> Held:
    """Lock a twin for as long as the returned object is referenced; waits for a reset to end."""
    held = Held(lock(root))
    held.take(fcntl.LOCK_SH)
    return held


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Lock a twin exclusively; raises GroundworkError, which names the other processes, while it is in use."""
    held = Held(lock(root))
    try:
        if not held.take(fcntl.LOCK_EX | fcntl.LOCK_NB):
            raise GroundworkError(
                "twin-busy", f"the twin is in use by {users(lock(root))}", "wait for it, or end it, and run this again"
            )
        yield
    finally:
        held.close()


def users(file: Path) -> str:
    """Return the other processes of this user that have a file open, by their command lines, without their children."""
    import psutil  # noqa: PLC0415  45 ms that only who is refused has to pay

    found: dict[int, tuple[int, str]] = {}
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and any(Path(each.path) == file for each in process.open_files()):
                found[process.pid] = (process.ppid(), _typed(process.cmdline()))
    first = [f"{typed} (process {pid})" for pid, (parent, typed) in found.items() if parent not in found]
    return ", ".join(first) or "a process that cannot be looked at"


def _typed(command: list[str]) -> str:
    """Return a command line without the interpreter, cut to a readable length."""
    words = " ".join([Path(command[0]).name, *command[1:]] if command else ["?"])
    line = printable(" ".join(words.split()))
    line = re.sub(r"^(?:python\S*|sh) (?:-P -m |\S*/)", "", line)
    if line.split(" ", 1)[0] in _INSIDE:
        return _INSIDE[line.split(" ", 1)[0]]
    return f"`{line if len(line) <= _LONGEST else f'{line[:_LONGEST]}…'}`"
