"""A build's log: written to a file, and streamed to the person who pushed for as long as the stream is open."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self, TextIO

from groundwork.printable import printable

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType


class Log:
    """Lines, whole and printable, from many threads."""

    def __init__(self, path: Path, stream: TextIO) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8", errors="replace")
        self._stream = stream
        self._lock = threading.Lock()
        self.heard = True
        """Whether the output is still read."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, type_: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def write(self, text: str) -> None:
        """Add lines."""
        with self._lock:
            for line in printable(text).split("\n"):
                self._file.write(line + "\n")
                self._say(line)
            self._file.flush()

    def _say(self, line: str) -> None:
        if not self.heard:
            return
        try:
            say(self._stream, line)
        except OSError:
            self.heard = False
            with suppress(OSError, ValueError):
                self._stream.close()


def say(stream: TextIO, line: str) -> None:
    """Write one line and flush it: git passes on flushed output."""
    stream.write(printable(line) + "\n")
    stream.flush()
