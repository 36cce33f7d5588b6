"""The factory's copies of a candidate's results, asked in SQL: the candidate's own tables are gone once they are copied."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundwork.errors import GroundworkError
from groundwork.ports.errors import Absent
from groundwork.ports.fsspec_errors import port_errors
from groundwork.ports.sql import bind, named_tables, parse, render
from groundwork.twin.bigquery.duckdb_reader import Source, read

if TYPE_CHECKING:
    import fsspec  # type: ignore[import-untyped]  # fsspec has no types
    import pandas as pd

    from groundwork.ports.warehouse import Scalar, Warehouse


def query_copies(  # noqa: PLR0913  whom to ask, what, and where it lies
    objects: fsspec.AbstractFileSystem,
    warehouse: Warehouse,
    sql: str,
    *,
    records: str,
    dataset: str,
    parameters: Mapping[str, Scalar],
) -> pd.DataFrame:
    """Return the rows of one SELECT over the tables that were copied into a candidate's records.

    `dataset` is the deployment's own, whose tables have the same columns. Raises GroundworkError where nothing was copied.
    """
    found = {Path(url).stem: f"gs://{url}" for url in _files(objects, records)}
    statement = parse(bind(sql, {table: f"copies.of.{table}" for table in found}, parameters))
    for table in named_tables(statement):
        table.set("catalog", None)
        table.set("db", None)
    with tempfile.TemporaryDirectory(prefix="groundwork-copies-") as folder:
        sources = {table: _source(objects, warehouse, url, f"{dataset}.{table}", Path(folder)) for table, url in found.items()}
        return read(render(statement), sources)


def _files(objects: fsspec.AbstractFileSystem, records: str) -> list[Any]:
    try:
        with port_errors(records):
            return list(objects.ls(f"{records}/tables", detail=False))
    except Absent as absent:
        raise GroundworkError(
            "nothing-copied",
            f"no results are kept in {records}",
            "they are copied when the notebook has run, and go when the candidate is rejected",
        ) from absent


def _source(objects: fsspec.AbstractFileSystem, warehouse: Warehouse, url: str, table: str, folder: Path) -> Source:
    file = folder / Path(url).name
    with port_errors(url):
        file.write_bytes(objects.cat_file(url))
    return Source(table=warehouse.describe(table), files=(file,))
