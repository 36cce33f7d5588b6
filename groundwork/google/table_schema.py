"""Read BigQuery's JSON schema files: the columns of a table."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from groundwork.errors import GroundworkError
from groundwork.paths import from_here

_COLUMN = re.compile(r"^[A-Za-z_][A-Za-z0-9_]{0,299}$")
_FIELDS = ("name", "type", "mode", "description")
_MODES = ("NULLABLE", "REQUIRED")
_MOST_CLUSTER_COLUMNS = 4
"""https://cloud.google.com/bigquery/docs/clustered-tables#limitations"""
_MOST_KEY_COLUMNS = 16
_TYPES = (
    *("STRING", "INT64", "INTEGER", "FLOAT64", "FLOAT", "BOOL", "BOOLEAN", "DATE", "TIMESTAMP", "NUMERIC"),
    *("BIGNUMERIC", "BYTES", "DATETIME", "TIME", "JSON", "GEOGRAPHY"),
)


@dataclass(frozen=True, kw_only=True)
class Partition:
    """The partition of a table by time, so that a query of a few partitions is charged only for these."""

    column: str
    """The column with the date or time: DATE, DATETIME or TIMESTAMP."""

    by: Literal["DAY", "MONTH", "YEAR"]
    """The length of a partition. A table has at most 10,000 partitions: https://cloud.google.com/bigquery/quotas#partitioned_tables."""


@dataclass(frozen=True, kw_only=True)
class TableSchema:
    """The columns of one table, its primary key, its partition and its clustering."""

    columns: tuple[Mapping[str, str], ...]
    """In order; each with BigQuery's `name` and `type`, and `mode` and `description` if the file has them."""

    key: tuple[str, ...] = ()
    """Columns of the primary key, which BigQuery does not enforce; empty for a table without one."""

    partition: Partition | None = None
    """The partition by time; None for a table without partitions."""

    cluster: tuple[str, ...] = ()
    """The columns by which the table is clustered, in order; at most four."""

    def __post_init__(self) -> None:
        layout = [*self.cluster, *([self.partition.column] if self.partition else [])]
        if unknown := [name for name in layout if name not in self.types]:
            raise ValueError(f"partition and cluster name {', '.join(map(repr, unknown))}; columns: {', '.join(self.types)}")
        if len(self.cluster) > _MOST_CLUSTER_COLUMNS:
            raise ValueError(f"a table is clustered by up to {_MOST_CLUSTER_COLUMNS} columns, not {len(self.cluster)}")
        names = [column["name"] for column in self.columns]
        if missing := [name for name in self.key if name not in names]:
            raise ValueError(f"the key names {', '.join(map(repr, missing))}; the columns are {', '.join(names)}")
        if len(set(self.key)) < len(self.key) or len(self.key) > _MOST_KEY_COLUMNS:
            raise ValueError(f"a key names up to {_MOST_KEY_COLUMNS} columns, each once")

    @property
    def types(self) -> dict[str, str]:
        """Each column's type."""
        return {column["name"]: column["type"] for column in self.columns}

    @property
    def text(self) -> str:
        """The schema as BigQuery takes it; the same for files that differ in white space only."""
        return json.dumps(self.columns)


def read_table_schema(path: Path, key: Sequence[str] = ()) -> TableSchema:
    """Return the table in a file; raises GroundworkError (`table-schema-invalid`) that lists every mistake in it."""
    try:
        columns = json.loads(path.read_text(encoding="utf-8"))
        mistakes = list(_mistakes(columns))
        if not mistakes:
            return TableSchema(columns=tuple(columns), key=tuple(key))
    except OSError as error:
        mistakes = [f"cannot be read: {error.strerror}"]
    except (ValueError, RecursionError) as error:
        mistakes = [str(error)]
    raise GroundworkError(
        "table-schema-invalid",
        "\n".join(f"{from_here(path)}: {mistake}" for mistake in mistakes),
        'write a JSON list of {"name": …, "type": …, "mode": …, "description": …}, as `bq show --schema` prints it',
    )


def _mistakes(columns: Any) -> Iterator[str]:
    if not isinstance(columns, list) or not columns:
        yield "is not a list of columns"
        return
    seen: set[str] = set()
    for position, column in enumerate(columns, start=1):
        if not isinstance(column, dict) or not all(isinstance(value, str) for value in column.values()):
            yield f"column {position} is not a mapping of text to text"
            continue
        name = column.get("name", "")
        yield from (f"column {position} ({name[:40]!r}): {mistake}" for mistake in _column_mistakes(column))
        if name.lower() in seen:
            yield f"column {position} ({name[:40]!r}): the name occurs twice; BigQuery ignores upper and lower case"
        seen.add(name.lower())


def _column_mistakes(column: Mapping[str, str]) -> Iterator[str]:
    for field in column:
        if field not in _FIELDS:
            yield f"{field[:40]!r} is not one of {', '.join(_FIELDS)}"
    if not _COLUMN.match(column.get("name", "")):
        yield "a name consists of letters, digits and underscores, and does not begin with a digit"
    if column.get("type") not in _TYPES:
        near = difflib.get_close_matches(column.get("type", "").upper(), _TYPES, n=1)
        yield f"{column.get('type', '')[:40]!r} is not a type" + (f"; did you mean {near[0]!r}?" if near else "")
    if column.get("mode", "NULLABLE") not in _MODES:
        yield f"{column['mode'][:40]!r} is not a mode: {' or '.join(_MODES)}"
