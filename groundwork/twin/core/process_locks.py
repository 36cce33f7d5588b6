"""Who is alive: a process holds a lock for as long as it works on something; the kernel frees it, however the process ends."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def hold(life: Path) -> Iterator[bool]:
    """Hold a life for this process; yields False when another process holds it."""
    with life.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        try:
            yield True
        finally:
            life.unlink(missing_ok=True)


def held(life: Path) -> bool:
    """Return whether a process that lives holds it."""
    try:
        with life.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
