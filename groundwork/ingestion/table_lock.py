"""A lock for loads into a table: one at a time, and the next load cleans up after a killed one.

`<folder>/000007.json` has the holder of the seventh turn and its batch, and only one process can create it; `000007.done` ends
the turn. The numbers always increase: of two processes that find the holder of 7 dead, one creates number 8. Only turns before
the newest are removed, so that no number occurs twice.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from groundwork.errors import GroundworkError
from groundwork.ingestion.lock_holder import LEASE, Holder
from groundwork.ports.errors import Absent, Unavailable
from groundwork.ports.fsspec_errors import port_errors

if TYPE_CHECKING:
    import fsspec  # type: ignore[import-untyped]  # fsspec has no types

PATIENCE = 10 * 60.0
"""Seconds to wait for the lock."""
_PAUSE = 0.1
_NAME = re.compile(r"(\d{6,})\.(json|done)")


@dataclass(frozen=True)
class Turns:
    """The turns of one table, one per load."""

    objects: fsspec.AbstractFileSystem
    folder: str
    """`gs://…`."""

    @contextmanager
    def turn(self, batch: str, mend: Callable[[str], bool], say: Callable[[str], None]) -> Iterator[Turn]:
        """Hold the lock while the block runs.

        First `mend` is called with the batch of each earlier holder that was killed, and returns whether it removed something.
        Raises Unavailable when other processes take too long, and the errors of the ports.
        """
        number = self._take(batch, say)
        try:
            yield Turn(self, number, frozenset(self._mend(number, mend)))
        finally:
            self._write(number, "done", b"")

    def newest(self) -> int:
        """Return the number of the newest turn, or 0."""
        return max(self._numbers(), default=0)

    def _take(self, batch: str, say: Callable[[str], None]) -> int:
        deadline, reported = time.monotonic() + PATIENCE, ""
        while True:
            newest = self.newest()
            holder = self._holder(newest) if newest else None
            if holder is None or not holder.lives():
                if self._create(newest + 1, batch):
                    return newest + 1
                continue
            if holder.name != reported:
                reported = holder.name
                say(f"waiting for {holder.name}, which loads or retracts {holder.batch}")
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"{holder.name} has been loading or retracting {holder.batch} for {time.time() - holder.at:.0f} s",
                    f"load again after it has ended; on another machine it counts as dead after {LEASE / 60:.0f} minutes",
                )
            time.sleep(_PAUSE)

    def _create(self, number: int, batch: str) -> bool:
        """Return whether this process created the turn and no process has begun a later one."""
        try:
            self._write(number, "json", Holder.present(batch).model_dump_json().encode())
        except FileExistsError:
            return False
        if self.newest() == number:
            return True
        self._remove(number, "json")
        return False

    def _mend(self, number: int, mend: Callable[[str], bool]) -> Iterator[str]:
        """Clean up after earlier holders that were killed, and delete their records. Yield the batches."""
        for before in self._numbers():
            if before < number:
                if (holder := self._holder(before)) and mend(holder.batch):
                    yield holder.batch
                self._remove(before, "json")
                self._remove(before, "done")

    def _holder(self, number: int) -> Holder | None:
        """Return the holder of a turn, or None if the turn is over."""
        url = f"{self.folder}/{number:06d}"
        with port_errors(url):
            if self.objects.exists(f"{url}.done"):
                return None
        try:
            with port_errors(url):
                return Holder.model_validate_json(self.objects.cat_file(f"{url}.json"))
        except Absent:  # it ended and was removed in between
            return None
        except ValidationError as error:
            raise GroundworkError(
                "lock-unreadable",
                f"{url}.json does not name a process",
                "find its writer in the bucket's log, then delete the object",
            ) from error

    def _numbers(self) -> list[int]:
        with port_errors(self.folder):
            found = [str(path).rpartition("/")[2] for path in self.objects.find(self.folder)]
        return sorted({int(match[1]) for name in found if (match := _NAME.fullmatch(name))})

    def _write(self, number: int, kind: str, content: bytes) -> None:
        url = f"{self.folder}/{number:06d}.{kind}"
        with port_errors(url, keep=FileExistsError), self.objects.open(url, "xb") as file:
            file.write(content)

    def _remove(self, number: int, kind: str) -> None:
        url = f"{self.folder}/{number:06d}.{kind}"
        with suppress(Absent), port_errors(url):
            self.objects.rm_file(url)


@dataclass(frozen=True)
class Turn:
    """A held turn."""

    turns: Turns
    number: int
    mended: frozenset[str]
    """Batches of killed holders that were removed."""

    def over(self) -> bool:
        """Return whether other processes continued without waiting for its end."""
        return self.turns.newest() != self.number
