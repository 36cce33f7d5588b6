"""Tables of a client: read with BigQuery's SQL, written in whole batches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol

from groundwork.ports.errors import Conflict

if TYPE_CHECKING:
    import pandas as pd

Scalar = str | int | float | bool | date

# decision 3: a batch is written as a whole, and retracted by its name
BATCH = "batch"
"""The column that every table that is written through this port has: STRING, REQUIRED, filled by the port."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column, in the words of BigQuery's table schema."""

    name: str
    type: str
    """BigQuery's type name: STRING, INT64 or INTEGER, FLOAT64 or FLOAT, BOOL or BOOLEAN, DATE, TIMESTAMP, NUMERIC."""
    required: bool


@dataclass(frozen=True, kw_only=True)
class Table:
    """The declaration of a table: columns in order, and the columns of its primary key (unenforced, as on BigQuery)."""

    columns: tuple[Column, ...]
    key: tuple[str, ...]


class Warehouse(Protocol):
    """Tables are named `project.dataset.table`. Every method raises Absent, Conflict, Denied or Unavailable and nothing else."""

    def query(
        self, sql: str, *, tables: Mapping[str, str] | None = None, parameters: Mapping[str, Scalar] | None = None
    ) -> pd.DataFrame:
        """Return the rows of one SELECT in BigQuery's dialect.

        `tables` maps each bare name in the text to a table; `parameters` are BigQuery's named ones (`@horizon`).
        Both are bound in the parsed statement, never pasted into text. A statement that is not a single SELECT is a Conflict.

        Columns have the types of Google's client, with or without NULLs: INT64 is pandas' `Int64`, BOOL
        `boolean`, FLOAT64 `float64`, STRING text and NUMERIC `Decimal` as objects; DATE, DATETIME and TIMESTAMP are `datetime64`
        (`to_dataframe(date_dtype=None)`), the last in UTC.
        """
        ...

    def tables(self, dataset: str) -> list[str]:
        """Return the full names of the declared tables and views of a dataset, `project.dataset`, sorted.

        A view is read by `query` like a table. Every other method raises Conflict for a view.
        """
        ...

    def describe(self, table: str) -> Table:
        """Return the declaration of a table; raises Conflict if the name belongs to something else, such as a view.

        A query of a view runs with the rights of the caller: before querying another party's dataset, describe its tables.
        """
        ...

    def append(self, table: str, rows: pd.DataFrame | Iterable[pd.DataFrame], *, batch: str) -> None:
        """Add all rows or none, once per batch: an existing batch does not change.

        `rows` has the table's columns except `batch`, in any order, and at least one row; rows too large for one frame are passed
        in parts, each of which is stored before the next is read. For rows that do not fit the declared columns, it raises
        Conflict with the column and the first invalid row; a missing value (None, NaN, NaT) is NULL. Readers see the whole
        batch or none of it; many processes may append at the same time.
        """
        ...

    def batches(self, table: str) -> list[str]:
        """Return the stored batches, sorted."""
        ...

    def retract(self, table: str, *, batch: str) -> None:
        """Remove a batch. A missing batch is not an error."""
        ...

    def export(self, table: str, *, batch: str, rows: int, size: int) -> bytes:
        """Return one batch as Parquet: the declared columns except `batch`, in their order and types. A missing batch is empty.

        It reads stored rows with BigQuery's `tables.get` and `tabledata.list`, and runs no statement. Raises Conflict for a view
        or an external table, which compute their rows, and for a batch of more than `rows` rows or of more than `size` bytes
        in memory; it never holds more than that.
        """
        ...


_BATCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_DATASET = re.compile(r"([a-z][a-z0-9-]*)\.(\w+)", re.ASCII)
_TABLE = re.compile(r"([a-z][a-z0-9-]*)\.(\w+)\.([\w-]+)", re.ASCII)


def check_batch(batch: str) -> None:
    """Raise Conflict unless this is valid as a batch's name in object names, job names and file names."""
    if not _BATCH.fullmatch(batch):
        raise Conflict(
            f"{batch!r} cannot name a batch", "use at most 128 letters, digits, `.`, `_` and `-`, with a letter or digit first"
        )


def split_dataset(dataset: str) -> tuple[str, str]:
    """Return project and dataset of a full name; raises Conflict for another text."""
    match = _DATASET.fullmatch(dataset)
    if not match:
        raise Conflict(f"`{dataset}` is not a name of a dataset", "write `project.dataset`")
    return match[1], match[2]


def split_name(table: str) -> tuple[str, str, str]:
    """Return project, dataset and table of a full name; raises Conflict for another text."""
    match = _TABLE.fullmatch(table)
    if not match:
        raise Conflict(f"`{table}` is not a name of a table", "write `project.dataset.table`")
    return match[1], match[2], match[3]
