"""What is wrong with a CSV file, all at once: against a table's declared columns and key."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from groundwork.ports.warehouse import BATCH, Column, Table

if TYPE_CHECKING:
    import pandas as pd

NULL = "NA"
_INTEGER = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_EXAMPLES = 3


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """A file's rows by column, and everything that is wrong with them."""

    table: Table
    columns: Mapping[str, list[Any]]
    count: int
    problems: tuple[str, ...]

    def frame(self) -> pd.DataFrame:
        """Return the rows; None is a missing value."""
        import pandas as pd  # noqa: PLC0415  slow to load

        return pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in self.columns.items()})

    def already_in(self, stored: pd.DataFrame) -> list[str]:
        """Return a problem for rows whose keys are among those of other batches (the key's columns and `batch`)."""
        others = {_comparable(row[:-1]): str(row[-1]) for row in stored.itertuples(index=False, name=None)}
        known = [(row, others[key]) for row, key in self._keys() if key in others]
        if not known:
            return []
        batches = ", ".join(sorted({batch for _, batch in known}))
        return [f"{_rows(row for row, _ in known)}: the key ({', '.join(self.table.key)}) is stored already, by {batches}"]

    def _keys(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        for row, key in enumerate(zip(*(self.columns[name] for name in self.table.key), strict=True), start=2):
            yield row, _comparable(key)

    def repeated(self) -> list[str]:
        """Return a problem for rows whose keys the file itself has twice."""
        first: dict[tuple[str, ...], int] = {}
        again = [(row, first[key]) for row, key in self._keys() if first.setdefault(key, row) != row]
        if not again:
            return []
        key, example = ", ".join(self.table.key), f"row {again[0][0]} has that of row {again[0][1]}"
        return [f"{_rows(row for row, _ in again)}: the key ({key}) is in the file before; {example}"]


def parse(content: bytes, table: Table) -> Parsed:
    """Return a file's rows with all problems; the header is row 1."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _hopeless(table, f"it is not UTF-8: byte {error.start} is {content[error.start : error.start + 1]!r}")
    if "\0" in text:
        return _hopeless(table, "it is not a CSV file: there is a NUL in it")
    try:
        lines = list(csv.reader(io.StringIO(text.rstrip("\r\n"), newline=""), strict=True))
    except csv.Error as error:
        return _hopeless(table, f"it is not a CSV file: {error}")
    if not lines or not lines[0]:
        return _hopeless(table, "it is empty")
    header, *rows = lines
    declared = {column.name: column for column in table.columns if column.name != BATCH}
    problems = [*_header_problems(header, declared), *_shape_problems(header, rows)]
    if problems:
        return Parsed(table=table, columns={}, count=len(rows), problems=tuple(problems))
    return _parse_rows(table, declared, header, rows)


def _parse_rows(table: Table, declared: Mapping[str, Column], header: list[str], rows: list[list[str]]) -> Parsed:
    problems: list[str] = []
    columns: dict[str, list[Any]] = {}
    for index, name in enumerate(header):
        columns[name], wrong = _parse_column(declared[name], [row[index] for row in rows])
        problems += wrong
    parsed = Parsed(table=table, columns=columns, count=len(rows), problems=tuple(problems))
    repeated = parsed.repeated() if table.key and not problems else []
    return Parsed(table=table, columns=columns, count=len(rows), problems=(*problems, *repeated))


def _header_problems(header: list[str], declared: Mapping[str, Column]) -> Iterator[str]:
    for name in declared:
        if name not in header:
            yield f"column `{name}` is missing"
    for name in dict.fromkeys(header):
        if name not in declared:
            yield f"column `{name}` is not declared"
        if header.count(name) > 1:
            yield f"column `{name}` is there {header.count(name)} times"


def _shape_problems(header: list[str], rows: list[list[str]]) -> Iterator[str]:
    if not rows:
        yield "it has no rows"
    ragged = [number for number, row in enumerate(rows, start=2) if len(row) != len(header)]
    if ragged:
        yield f"{_rows(ragged)}: {len(rows[ragged[0] - 2])} values under {len(header)} columns"


def _parse_column(column: Column, texts: list[str]) -> tuple[list[Any], list[str]]:
    """Return a column's values, and a problem for those that are missing and one for those that do not fit."""
    read = _READERS[column.type]
    values: list[Any] = []
    missing, wrong = [], []
    for row, text in enumerate(texts, start=2):
        value = None
        if text == NULL:
            if column.required:
                missing.append(row)
        else:
            try:
                value = read(text)
            except ValueError:
                wrong.append((row, text))
        values.append(value)
    problems = [f"{_rows(missing)}: `{column.name}` has no value, and one is required"] if missing else []
    if wrong:
        given = ", ".join(dict.fromkeys(f"`{text}`" for _, text in wrong[:_EXAMPLES]))
        problems.append(f"{_rows(row for row, _ in wrong)}: `{column.name}` is {given}, which is no {column.type}")
    return values, problems


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text) or not -(2**63) <= int(text) < 2**63:
        raise ValueError(text)
    return int(text)


def _float(text: str) -> float:
    value = float(text) if _NUMBER.fullmatch(text) else float("inf")
    if value in {float("inf"), float("-inf")}:
        raise ValueError(text)
    return value


def _numeric(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return Decimal(text)


def _boolean(text: str) -> bool:
    return {"true": True, "false": False}[text.lower()] if text.lower() in {"true", "false"} else _never(text)


def _date(text: str) -> date:
    return date.fromisoformat(text) if _DATE.fullmatch(text) else _never(text)


def _never(text: str) -> Any:
    raise ValueError(text)


_READERS: Mapping[str, Callable[[str], Any]] = {
    "STRING": str, "INTEGER": _integer, "INT64": _integer, "FLOAT": _float, "FLOAT64": _float, "NUMERIC": _numeric,
    "BOOLEAN": _boolean, "BOOL": _boolean, "DATE": _date, "DATETIME": datetime.fromisoformat, "TIMESTAMP": datetime.fromisoformat,
}  # fmt: skip


def _comparable(key: Iterable[Any]) -> tuple[str, ...]:
    """Return a key so that what the file says and what the warehouse returns are the same text."""
    return tuple(_text(value) for value in key)


def _text(value: Any) -> str:
    if value is None or value != value:  # noqa: PLR0124  pandas' missing values are unlike themselves
        return ""
    match value:
        case datetime():
            return f"{value if value.tzinfo is None else value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"
        case date():
            return f"{value:%Y-%m-%d}T00:00:00.000000"
        case Decimal():
            return f"{value.normalize():f}"
    return str(int(value) if isinstance(value, float) and value.is_integer() else value)


def _rows(numbers: Iterable[int]) -> str:
    found = list(numbers)
    shown = ", ".join(map(str, found[:_EXAMPLES]))
    if len(found) == 1:
        return f"row {shown}"
    return f"{len(found)} rows ({shown}{', …' if len(found) > _EXAMPLES else ''})"


def _hopeless(table: Table, problem: str) -> Parsed:
    return Parsed(table=table, columns={}, count=0, problems=(problem,))
