"""Tables of a client: read with BigQuery's SQL, written in whole batches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pandas as pd

Scalar = str | int | float | bool | date

BATCH = "batch"
"""The column that every table that is written through this port has: STRING, REQUIRED, filled by the port."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column, in the words of BigQuery's table schema."""

    name: str
    type: str
    """BigQuery's name of it: STRING, INT64 or INTEGER, FLOAT64 or FLOAT, BOOL or BOOLEAN, DATE, TIMESTAMP, NUMERIC."""
    required: bool


@dataclass(frozen=True, kw_only=True)
class Table:
    """What is declared of a table: columns in order, and the columns of its primary key (unenforced, as on BigQuery)."""

    columns: tuple[Column, ...]
    key: tuple[str, ...]


class Warehouse(Protocol):
    """Tables are named `project.dataset.table`. Every method raises Absent, Conflict, Denied or Unavailable and nothing else."""

    def query(
        self, sql: str, *, tables: Mapping[str, str] | None = None, parameters: Mapping[str, Scalar] | None = None
    ) -> pd.DataFrame:
        """Return the rows of one SELECT in BigQuery's dialect.

        `tables` says which table each bare name in the text stands for; `parameters` are BigQuery's named ones (`@horizon`).
        Both are bound in the parsed statement, never pasted into text. A statement that is no single SELECT is a Conflict.
        """
        ...

    def tables(self, dataset: str) -> list[str]:
        """Return the full names of the tables that are declared in a dataset, `project.dataset`, sorted."""
        ...

    def describe(self, table: str) -> Table:
        """Return what is declared of a table."""
        ...

    def append(self, table: str, rows: pd.DataFrame, *, batch: str) -> None:
        """Add all rows or none, once per batch: a batch that is there already is left as it is.

        `rows` has the table's columns but `batch`, in any order. Rows that do not fit the declared columns are a Conflict.
        Readers see the whole batch or nothing of it; many processes may append at once.
        """
        ...

    def batches(self, table: str) -> list[str]:
        """Return the batches that are stored, sorted."""
        ...

    def retract(self, table: str, *, batch: str) -> None:
        """Remove a batch. An absence is not an error."""
        ...
