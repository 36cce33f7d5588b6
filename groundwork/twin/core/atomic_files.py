"""Files that appear whole or not at all, however their writer ends."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from groundwork.twin.core.store import Store

_LOCK = ("partial", "")


@contextmanager
def partial(store: Store) -> Iterator[BinaryIO]:
    """Yield a file to write, `<twin>/partial/…`, which is removed afterwards unless `place` has moved it.

    The writer holds a lock on it that the kernel frees with the process, so leftovers of a killed writer are found and removed.
    """
    folder = store.root / "partial"
    with store.lock(*_LOCK):
        folder.mkdir(exist_ok=True)
        _sweep(folder)
        path = folder / secrets.token_hex(8)
        file = path.open("xb")
        fcntl.flock(file, fcntl.LOCK_EX)
    try:
        with file:
            yield file
    finally:
        path.unlink(missing_ok=True)


def place(file: BinaryIO, target: Path) -> None:
    """Give a written file its name, in a folder that exists, and replace an earlier file of that name."""
    file.flush()
    os.fsync(file.fileno())
    Path(file.name).replace(target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Have a folder's entries survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sweep(folder: Path) -> None:
    for path in folder.iterdir():
        # Either its writer lives, or gave it its name since it was listed: neither is a leftover.
        with suppress(BlockingIOError, FileNotFoundError), path.open("rb") as left:
            fcntl.flock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
