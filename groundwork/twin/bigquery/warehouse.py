"""The warehouse on the twin: a folder of Parquet files a table, one file a batch, written whole and renamed into place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO

from groundwork.ports.errors import Conflict
from groundwork.ports.warehouse import Scalar, Table, check_batch, split_dataset, split_name
from groundwork.twin.bigquery.tables import TableRef, declared_in
from groundwork.twin.bigquery.views import TABLE
from groundwork.twin.core.atomic_files import partial, place, sync_folder
from groundwork.twin.core.store import Store
from groundwork.twin.iam.permissions import require

if TYPE_CHECKING:
    import pandas as pd


class TwinWarehouse:
    """A `Warehouse`, as one identity sees it."""

    def __init__(self, store: Store, identity: str | None) -> None:
        self._store = store
        self._identity = identity

    def query(
        self, sql: str, *, tables: Mapping[str, str] | None = None, parameters: Mapping[str, Scalar] | None = None
    ) -> pd.DataFrame:
        """Return the rows of one SELECT; every table is read as it is at this moment."""
        from groundwork.ports.sql import bind, parse, render  # noqa: PLC0415  slow to load
        from groundwork.twin.bigquery.duckdb_reader import read  # noqa: PLC0415  slow to load
        from groundwork.twin.bigquery.view_expansion import Sources  # noqa: PLC0415  slow to load

        statement = parse(bind(sql, tables or {}, parameters or {}))
        self._require_job()
        sources = Sources(self._store, self._identity)
        sources.replace_tables(statement)
        return read(render(statement), sources.found)

    def tables(self, dataset: str) -> list[str]:
        """Return the full names of the tables and views that are declared in a dataset."""
        project, short = split_dataset(dataset)
        require(self._store, self._identity, "bigquery.tables.list", f"projects/{project}/datasets/{short}")
        return declared_in(self._store, project, short)

    def describe(self, table: str) -> Table:
        """Return the declaration of a table."""
        ref = self._table_ref(table, "bigquery.tables.get")
        return ref.declared(self._store)

    def append(self, table: str, rows: pd.DataFrame | Iterable[pd.DataFrame], *, batch: str) -> None:
        """Add all rows or none, once per batch."""
        check_batch(batch)
        self._require_job()
        ref = self._table_ref(table, "bigquery.tables.updateData")
        declared = ref.declared(self._store)
        file = ref.file(self._store, batch)
        if file.exists():
            return
        with partial(self._store) as written:
            _write(rows, declared, batch, written)
            with self._store.lock(TABLE, ref.id):
                if ref.declared(self._store) != declared:
                    raise Conflict(f"table `{table}` changed while rows were appended", "append them again")
                if not file.exists():
                    file.parent.mkdir(parents=True, exist_ok=True)
                    place(written, file)

    def batches(self, table: str) -> list[str]:
        """Return the batches that are stored, sorted."""
        self._require_job()
        ref = self._table_ref(table, "bigquery.tables.getData")
        ref.declared(self._store)
        return [file.stem for file in ref.files(self._store)]

    def retract(self, table: str, *, batch: str) -> None:
        """Remove a batch; an absence is not an error."""
        check_batch(batch)
        self._require_job()
        ref = self._table_ref(table, "bigquery.tables.updateData")
        ref.declared(self._store)
        file = ref.file(self._store, batch)
        with self._store.lock(TABLE, ref.id), suppress(FileNotFoundError):
            file.unlink()
            sync_folder(file.parent)

    def export(self, table: str, *, batch: str, rows: int, size: int) -> bytes:
        """Return one batch as Parquet, out of its file."""
        from groundwork.twin.bigquery.export import exported  # noqa: PLC0415  slow to load

        check_batch(batch)
        ref = self._table_ref(table, "bigquery.tables.get")
        require(self._store, self._identity, "bigquery.tables.getData", ref.within)
        declared = ref.declared(self._store)
        return exported(ref.file(self._store, batch), declared, rows=rows, size=size)

    def _table_ref(self, table: str, permission: str) -> TableRef:
        project, dataset, short = split_name(table)
        ref = TableRef(project=project, dataset=dataset, table=short)
        require(self._store, self._identity, permission, ref.within)
        return ref

    def _require_job(self) -> None:
        """Require the right to run jobs, which run in the project of the caller."""
        if self._identity is not None:
            project = self._identity.partition("@")[2].partition(".")[0]
            require(self._store, self._identity, "bigquery.jobs.create", f"projects/{project}")


def _write(rows: pd.DataFrame | Iterable[pd.DataFrame], table: Table, batch: str, file: BinaryIO) -> None:
    import pyarrow.parquet as pq  # noqa: PLC0415  slow to load

    from groundwork.twin.bigquery.row_types import fit  # noqa: PLC0415  with pyarrow, which it needs

    parts = fit(rows, table, batch=batch)
    first = next(parts)
    with pq.ParquetWriter(file, first.schema) as writer:
        writer.write_table(first)
        for part in parts:
            writer.write_table(part)
