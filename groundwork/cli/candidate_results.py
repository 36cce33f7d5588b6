"""SQL queries of a candidate's results, in the factory's copies: the candidate's own tables are deleted after copying."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundwork.errors import GroundworkError
from groundwork.ports.errors import Absent
from groundwork.ports.fsspec_errors import port_errors
from groundwork.ports.sql import bind, named_tables, parse, render

if TYPE_CHECKING:
    import fsspec  # type: ignore[import-untyped]  # fsspec has no types
    import pandas as pd

    from groundwork.engine.session import Session
    from groundwork.ports.warehouse import Scalar


def query_copies(session: Session, sql: str, *, records: str, dataset: str, parameters: Mapping[str, Scalar]) -> pd.DataFrame:
    """Return the rows of one SELECT over the tables that were copied into a candidate's records.

    `dataset` is the deployment's own, whose tables have the same columns. Raises GroundworkError where nothing was copied.
    """
    objects, warehouse = session.platform.objects, session.platform.warehouse
    urls = {Path(url).stem: f"gs://{url}" for url in _files(objects, records)}
    statement = parse(bind(sql, {table: f"copies.of.{table}" for table in urls}, parameters))
    for table in named_tables(statement):
        table.set("catalog", None)
        table.set("db", None)
    with tempfile.TemporaryDirectory(prefix="groundwork-copies-") as folder:
        tables = {
            table: (warehouse.describe(f"{dataset}.{table}"), _download(objects, url, Path(folder)))
            for table, url in urls.items()
        }
        return session.query_files(render(statement), tables)


def _files(objects: fsspec.AbstractFileSystem, records: str) -> list[Any]:
    try:
        with port_errors(records):
            return list(objects.ls(f"{records}/tables", detail=False))
    except Absent as absent:
        raise GroundworkError(
            "results-not-found",
            f"there are no copied results in {records}",
            "list the candidates with `groundwork status --all`: results exist from the execution until a rejection",
        ) from absent


def _download(objects: fsspec.AbstractFileSystem, url: str, folder: Path) -> Path:
    file = folder / Path(url).name
    with port_errors(url):
        file.write_bytes(objects.cat_file(url))
    return file
