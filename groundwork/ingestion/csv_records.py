"""Reads the records of a CSV file: a field is a text, or None if it is empty and not in quotes."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator

from groundwork.ingestion.formats import foreign

LONGEST = 10_000_000
"""Most characters of one record; a longer one means a file without line ends."""
_STEP = 1 << 20
_FIELD = re.compile(r'("[^"]*(?:""[^"]*)*"|[^,\r\n]*)(?:,|\r\n|\r|\n|$)')

Record = list[str | None]


class UnreadableError(Exception):
    """The file is not a CSV file; the message has the reason."""


def records(content: bytes) -> Iterator[Record]:
    """Return an iterator of the records; a blank line has no fields, and blank lines at the end are left out.

    Raises UnreadableError for content that is not UTF-8 text; the iterator raises it at the first fault of CSV.
    """
    _require_text(content)
    return _records(content)


def first_line(content: bytes) -> str:
    """Return the line of the header, up to the most characters of a record."""
    line = content[:LONGEST].partition(b"\n")[0].partition(b"\r")[0]
    return line.removeprefix(codecs.BOM_UTF8).decode(errors="replace")


def _records(content: bytes) -> Iterator[Record]:
    lines = _Lines(content)
    reader = csv.reader(lines, strict=True)
    blank = 0
    try:
        for fields in reader:
            text = lines.take()
            if not fields:
                blank += 1
                continue
            yield from [[]] * blank
            blank = 0
            yield _with_none(fields, text)
    except csv.Error as error:
        raise UnreadableError(f"it is not a CSV file: {error}") from error


def _require_text(content: bytes) -> None:
    if problem := foreign(content):
        raise UnreadableError(problem)
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(content), _STEP):
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(content[start : start + _STEP], final=start + _STEP >= len(content))
        except UnicodeDecodeError as error:
            byte = start - pending + error.start
            raise UnreadableError(f"it is not UTF-8: byte {byte} is {content[byte : byte + 1]!r}") from error
    if b"\0" in content:
        raise UnreadableError("it is not a CSV file: there is a NUL in it")


class _Lines:
    """The lines of a file for a reader; a record may have several."""

    def __init__(self, content: bytes) -> None:
        self._file = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline="")
        self._taken: list[str] = []
        self._length = 0

    def __iter__(self) -> Iterator[str]:
        while line := self._file.readline(LONGEST):
            self._taken.append(line)
            self._length += len(line)
            if self._length >= LONGEST:
                raise UnreadableError(f"it is not a CSV file: a row has more than {LONGEST:,} characters")
            yield line

    def take(self) -> str:
        """Return the text that was read since the last record."""
        text = "".join(self._taken)
        self._taken.clear()
        self._length = 0
        return text


def _with_none(fields: list[str], text: str) -> Record:
    """Return the fields with None for those that are empty and not in quotes."""
    if "" not in fields:
        return list(fields)
    if '""' not in text:
        return [field or None for field in fields]
    quoted = [match[1].startswith('"') for match in _FIELD.finditer(text)]
    return [field if field or in_quotes else None for field, in_quotes in zip(fields, quoted, strict=False)]
