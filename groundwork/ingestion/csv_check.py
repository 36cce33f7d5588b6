"""Checks a CSV file against a table's declared columns and key, and lists all problems at once.

A file is read part by part, first to check it and then again for its rows, so that a large file needs little more memory
than its size in bytes. Rows are counted as a spreadsheet does: the header is row 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from groundwork.ingestion.csv_records import Record, UnreadableError, first_line, records
from groundwork.ingestion.formats import other_separator
from groundwork.ingestion.keys import digests, repeated
from groundwork.ingestion.literals import EXAMPLES, read
from groundwork.ports.warehouse import BATCH, Column, Table
from groundwork.printable import printable

if TYPE_CHECKING:
    import numpy.typing as npt

MOST_ROWS = 10_000_000
_PART = 20_000
_REMEMBERED = 50_000
_EXAMPLES = 3
_SHOWN = 60
_NO_VALUE = "NA"
"""Statistics programs write it for a missing value. In a column of text it is a value, such as the code of Namibia."""
_LIKE_NONE = {"n/a", "#n/a", "null", "none", "nil", "-", "\\n", "."}


@dataclass
class _Rows:
    """The number of rows with one problem, and the first of them with their texts."""

    count: int = 0
    first: list[int] = field(default_factory=list)
    texts: dict[str, None] = field(default_factory=dict)

    def add(self, row: int, text: str = "") -> None:
        """Count a row."""
        self.count += 1
        if len(self.first) < _EXAMPLES:
            self.first.append(row)
            self.texts[text] = None

    def __str__(self) -> str:
        shown = ", ".join(map(str, self.first))
        return f"row {shown}" if self.count == 1 else f"{self.count} rows ({shown}{', …' if self.count > _EXAMPLES else ''})"


@dataclass
class _Reader:
    """One column of the file, filled row by row."""

    column: Column
    missing: _Rows = field(default_factory=_Rows)
    wrong: _Rows = field(default_factory=_Rows)
    _known: dict[str | None, Any] = field(default_factory=dict)

    def values(self, texts: Iterable[str | None], start: int) -> list[Any]:
        """Return a part's values, the first of which is in row `start`; NA stands for a missing value."""
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        known = self._known
        return [known[text] if text in known else self._value(text, row) for row, text in enumerate(texts, start)]

    def _value(self, text: str | None, row: int) -> Any:
        if text is None or (text == _NO_VALUE and self.column.type != "STRING"):
            if self.column.required:
                self.missing.add(row)
            else:
                self._known[text] = pd.NA
            return pd.NA
        try:
            value = self._known[text] = read(self.column.type, text)
        except ValueError:
            self.wrong.add(row, text)
            return pd.NA
        return value

    def problems(self) -> Iterator[str]:
        """Yield the problems of the column: missing and invalid values."""
        name, example = self.column.name, EXAMPLES[self.column.type]
        if self.missing.count:
            meaning = "for the empty text" if self.column.type == "STRING" else "or the like"
            yield f"{self.missing}: `{name}` has no value, and one is required: write `{example}` {meaning}"
        if self.wrong.count:
            values = ", ".join(f"`{_shown(text)}`" for text in self.wrong.texts)
            none = any(text.strip().lower() in _LIKE_NONE for text in self.wrong.texts)
            hint = "; for no value, leave the field empty" if none else ""
            yield f"{self.wrong}: `{name}` is {values}, which is not of type {self.column.type}{hint}"


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """A file that was read to its end, and all of its problems."""

    table: Table
    content: bytes
    count: int
    problems: tuple[str, ...]
    _keys: npt.NDArray[np.bytes_] = field(default_factory=lambda: digests([]))
    """One for each row."""

    def frames(self) -> Iterator[pd.DataFrame]:
        """Yield the rows of a file with no problems, part by part."""
        readers, parts = _open(self.content, self.table)
        for start, rows in parts:
            values = {reader.column.name: reader.values(texts, start) for reader, texts in _transposed(readers, rows)}
            yield pd.DataFrame({name: pd.Series(found, dtype=object) for name, found in values.items()})

    @cached_property
    def columns(self) -> Mapping[str, list[Any]]:
        """All values by column, of a file with no problems that fits into memory."""
        whole = pd.concat(self.frames(), ignore_index=True)
        return {str(name): values.tolist() for name, values in whole.items()}

    def already_in(self, stored: pd.DataFrame) -> list[str]:
        """Return a problem for rows with keys of other batches; `stored` has the key's columns and `batch`."""
        theirs = digests(row[:-1] for row in stored.itertuples(index=False, name=None))
        rows = np.flatnonzero(np.isin(self._keys, theirs)) + 2
        if not len(rows):
            return []
        found = stored[np.isin(theirs, self._keys)]
        batches = ", ".join(sorted({*found[BATCH]}))
        keys = [", ".join(map(_said, row[:-1])) for row in found.head(_EXAMPLES).itertuples(index=False, name=None)]
        named = "; ".join([*keys, *(["…"] if len(found) > _EXAMPLES else [])])
        return [f"{_counted(rows.tolist())}: the key ({', '.join(self.table.key)}) is stored already, by {batches}: {named}"]


def parse(content: bytes, table: Table) -> Parsed:
    """Return the number of rows of a file, and all of its problems."""
    count, keys = 0, [digests([])]
    try:
        readers, parts = _open(content, table)
        for start, rows in parts:
            count += len(rows)
            columns = {reader.column.name: reader.values(texts, start) for reader, texts in _transposed(readers, rows)}
            keys.append(digests(zip(*(columns[name] for name in table.key), strict=True)))
    except UnreadableError as error:
        return Parsed(table=table, content=content, count=count, problems=error.args)
    problems = [problem for reader in readers for problem in reader.problems()]
    joined = np.concatenate(keys)
    if not problems:
        problems += _repeated(joined, table)
    return Parsed(table=table, content=content, count=count, problems=tuple(problems), _keys=joined)


def _open(content: bytes, table: Table) -> tuple[list[_Reader], Iterator[tuple[int, list[Record]]]]:
    """Return a reader for each of the header's columns, and the rows in parts; raises UnreadableError with all problems."""
    found = records(content)
    declared = {column.name: column for column in table.columns if column.name != BATCH}
    if other := other_separator(first_line(content), declared):
        raise UnreadableError(other)
    names = [name or "" for name in next(found, [])]
    if not names:
        raise UnreadableError("it is empty")
    parts = _parts(found, len(names))
    if problems := list(_header_problems(names, declared)):
        raise UnreadableError(*problems, *_shape_problems(parts))
    return [_Reader(declared[name]) for name in names], parts


def _parts(found: Iterator[Record], width: int) -> Iterator[tuple[int, list[Record]]]:
    """Yield the rows in parts, each with the number of its first; raises UnreadableError if their width differs."""
    start, ragged, example = 2, _Rows(), 0
    while part := list(islice(found, _PART)):
        if start + len(part) - 2 > MOST_ROWS:
            raise UnreadableError(f"it has more than {MOST_ROWS:,} rows: load it in parts, each with the header")
        for row, record in enumerate(part, start):
            if len(record) != width:
                example = example if ragged.count else len(record)
                ragged.add(row)
        if not ragged.count:
            yield start, part
        start += len(part)
    if ragged.count:
        raise UnreadableError(f"{ragged}: {example} values under {width} columns")
    if start == 2:  # noqa: PLR2004  the row below the header
        raise UnreadableError("it has no rows")


def _transposed(readers: Sequence[_Reader], rows: Sequence[Record]) -> Iterator[tuple[_Reader, tuple[str | None, ...]]]:
    return zip(readers, zip(*rows, strict=True), strict=True)


def _header_problems(header: list[str], declared: Mapping[str, Column]) -> Iterator[str]:
    for name, column in declared.items():
        if name not in header:
            yield f"column `{name}` is missing"
        elif column.type not in EXAMPLES:
            yield f"column `{name}` has the type {column.type}, which cannot be loaded from a file"
    for name in dict.fromkeys(header):
        if name not in declared:
            yield f"column `{_shown(name)}` is not declared"
        if header.count(name) > 1:
            yield f"column `{_shown(name)}` is there {header.count(name)} times"


def _shape_problems(parts: Iterable[object]) -> tuple[str, ...]:
    try:
        for _ in parts:
            pass
    except UnreadableError as error:
        return error.args
    return ()


def _repeated(keys: npt.NDArray[np.bytes_], table: Table) -> Iterator[str]:
    """Yield a problem for rows with a key that the file has twice."""
    again = repeated(keys) if table.key else []
    if again:
        row, first = (position + 2 for position in again[0])
        example = f"row {row} has that of row {first}"
        yield f"{_counted(at + 2 for at, _ in again)}: the key ({', '.join(table.key)}) is in the file before; {example}"


def _counted(rows: Iterable[int]) -> _Rows:
    counted = _Rows()
    for row in rows:
        counted.add(row)
    return counted


def _said(value: Any) -> str:
    """Return a stored value as a file has it; a day comes back with a time."""
    return _shown(str(value).removesuffix(" 00:00:00"))


def _shown(text: str) -> str:
    return printable(text if len(text) < _SHOWN else f"{text[:_SHOWN]}…")
