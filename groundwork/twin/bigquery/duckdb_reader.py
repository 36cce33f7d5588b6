"""DuckDB over a table's Parquet files: those files, and nothing else of this machine or the network."""

from __future__ import annotations

import re
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundwork.ports.errors import Conflict, Unavailable
from groundwork.ports.warehouse import Table
from groundwork.twin.bigquery.row_types import standard_type

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from ibis.backends.duckdb import Backend  # type: ignore[import-untyped]  # ibis has no types

_TYPES = {
    "STRING": "VARCHAR", "INTEGER": "BIGINT", "FLOAT": "DOUBLE", "BOOLEAN": "BOOLEAN", "DATE": "DATE", "DATETIME": "TIMESTAMP",
    "TIMESTAMP": "TIMESTAMPTZ", "NUMERIC": "DECIMAL(38, 9)",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Source:
    """A table to read: its declaration, and its files at this moment."""

    table: Table
    files: tuple[Path, ...]


@dataclass(frozen=True, kw_only=True)
class View:
    """A view to read."""

    sql: str
    """Its query in DuckDB's dialect, over other sources by their names."""
    materialised: bool
    """Whether it is computed before the query around it: the caller may not read the rows that the view leaves out, and a planner
    that pushes the caller's conditions below the view's would evaluate them on those rows too, and show values in an error.
    BigQuery gives no such guarantee (decision 8): here the twin is stricter."""


def read(sql: str, sources: Mapping[str, Source | View]) -> pd.DataFrame:
    """Return the rows of a SELECT in BigQuery's dialect over the sources, by the names under which it calls them.

    A view comes after the tables and views that it reads.

    Raises Conflict for a query that DuckDB refuses, Unavailable when a file was removed while it was read.
    """
    import duckdb  # noqa: PLC0415  slow to load
    import pyarrow as pa  # noqa: PLC0415  slow to load
    from ibis.common.exceptions import IbisError  # type: ignore[import-untyped]  # noqa: PLC0415  slow to load
    from sqlglot.errors import SqlglotError  # noqa: PLC0415  slow to load

    try:
        with _connection(sources) as connection, warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="fetch_arrow_table", category=DeprecationWarning)  # ibis 12 on DuckDB 1.5
            return _frame(connection.sql(sql, dialect="bigquery").to_pyarrow())
    except (duckdb.Error, pa.ArrowException, IbisError, SqlglotError, RecursionError, OverflowError) as error:
        if not all(file.exists() for file in _files(sources)):
            raise Unavailable("a batch was retracted while it was read", "read again") from error
        hint = "correct the SQL; tables and columns are those declared"
        raise Conflict(f"the query cannot run: {_first_line(error)}", hint) from error


@contextmanager
def _connection(sources: Mapping[str, Source | View]) -> Iterator[Backend]:
    import ibis  # type: ignore[import-untyped]  # noqa: PLC0415  slow to load

    connection = ibis.duckdb.connect(
        autoinstall_known_extensions=False,
        autoload_known_extensions=False,
        temp_directory=str(Path(tempfile.gettempdir()) / "groundwork-duckdb"),
    )
    try:
        files = [str(file) for file in _files(sources)]
        allowed = {*files, *map(_unglobbed, files)}
        connection.raw_sql(f"SET allowed_paths = [{', '.join(map(_text, sorted(allowed)))}]")
        connection.raw_sql("SET enable_external_access = false")
        connection.raw_sql("SET lock_configuration = true")
        for name, source in sources.items():
            relation = "TABLE" if isinstance(source, View) and source.materialised else "VIEW"
            query = source.sql if isinstance(source, View) else _select(source)
            connection.raw_sql(f"CREATE {relation} {_name(name)} AS {query}")
        yield connection
    finally:
        connection.disconnect()


def _select(source: Source) -> str:
    """Return a SELECT of the declared columns: a batch written before a column was added has NULL in it."""
    types = {column.name: _TYPES[standard_type(column)] for column in source.table.columns}
    declared = ", ".join(f"CAST(NULL AS {type_}) AS {_name(name)}" for name, type_ in types.items())
    rows = f"SELECT {declared} WHERE false"
    if source.files:
        files = ", ".join(_text(_unglobbed(str(file))) for file in source.files)
        rows += f" UNION ALL BY NAME SELECT * FROM read_parquet([{files}], union_by_name = true, hive_partitioning = false)"  # noqa: S608  as below
    columns = ", ".join(f"CAST({_name(name)} AS {type_}) AS {_name(name)}" for name, type_ in types.items())
    return f"SELECT {columns} FROM ({rows})"  # noqa: S608  quoted names and texts


def _files(sources: Mapping[str, Source | View]) -> list[Path]:
    return [file for source in sources.values() if isinstance(source, Source) for file in source.files]


def _frame(rows: pa.Table) -> pd.DataFrame:
    """Return rows in the types that the port names; raises ArrowInvalid for a whole number outside of INT64."""
    import pandas as pd  # noqa: PLC0415  slow to load
    import pyarrow as pa  # noqa: PLC0415  slow to load

    whole = [pa.int64() if field.type in {pa.decimal128(38, 0), pa.uint64()} else field.type for field in rows.schema]
    fields = [field.with_type(type_) for field, type_ in zip(rows.schema, whole, strict=True)]

    def nullable(type_: pa.DataType) -> Any:
        if pa.types.is_boolean(type_):
            return pd.BooleanDtype()
        return pd.Int64Dtype() if pa.types.is_integer(type_) else None

    cast = rows.cast(pa.schema(fields))  # DuckDB adds whole numbers up in 128 bits, BigQuery in 64
    frame: pd.DataFrame = cast.to_pandas(types_mapper=nullable, date_as_object=False)
    return frame


def _unglobbed(path: str) -> str:
    """Return a pattern that means exactly this path: DuckDB reads `[`, `*` and `?` in every path as patterns."""
    return re.sub(r"([\[*?])", r"[\1]", path)


def _name(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def _text(text: str) -> str:
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n", 1)[0] or type(error).__name__
