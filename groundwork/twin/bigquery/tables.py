"""Files of a table's batches on the twin, and the table's declaration."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundwork.ports.errors import Absent, Conflict
from groundwork.ports.warehouse import Column, Table
from groundwork.twin.bigquery.views import DATASET, TABLE, is_view
from groundwork.twin.core.store import Store


@dataclass(frozen=True, kw_only=True)
class TableRef:
    """A table's names."""

    project: str
    dataset: str
    table: str

    @property
    def name(self) -> str:
        """`project.dataset.table`."""
        return f"{self.project}.{self.dataset}.{self.table}"

    @property
    def names(self) -> tuple[str, str, str]:
        """Project, dataset and table."""
        return self.project, self.dataset, self.table

    @property
    def within(self) -> str:
        """The dataset, as `policy` names it."""
        return f"projects/{self.project}/datasets/{self.dataset}"

    @property
    def id(self) -> str:
        """Google's full name: the id of its record, and of its lock."""
        return f"{self.within}/tables/{self.table}"

    def folder(self, store: Store) -> Path:
        """Return the folder of its batches."""
        return store.root / "warehouse" / self.project / self.dataset / self.table

    def file(self, store: Store, batch: str) -> Path:
        """Return the file of one batch."""
        return self.folder(store) / f"{batch}.parquet"

    def files(self, store: Store) -> list[Path]:
        """Return the files of the batches that are stored, sorted; raises Absent when the folder is gone."""
        try:
            return sorted(
                path for path in self.folder(store).iterdir() if path.suffix == ".parquet" and not path.name.startswith(".")
            )
        except FileNotFoundError:
            raise self.absent() from None

    def declared(self, store: Store) -> Table:
        """Return columns and key; raises Absent, and Conflict for a view."""
        inputs = self._inputs(store)
        if is_view(inputs):
            raise Conflict(f"`{self.name}` is a view, without stored rows", "name the table that it reads")
        return _table(inputs)

    def view(self, store: Store) -> str | None:
        """Return a view's query, and None for a table; raises Absent."""
        inputs = self._inputs(store)
        return str(inputs["view"]["query"]) if is_view(inputs) else None

    def _inputs(self, store: Store) -> Mapping[str, Any]:
        row = store.get(TABLE, self.id)
        if row is None or not row.ready:
            raise self.absent()
        return row.inputs

    def absent(self) -> Absent:
        """Return the error that says so."""
        return Absent(f"there is no table `{self.name}`", "declare it in the program and run `pulumi up`")


def declared_in(store: Store, project: str, dataset: str) -> list[str]:
    """Return the full names of a dataset's tables and views, sorted; raises Absent when there is no such dataset."""
    row = store.get(DATASET, f"projects/{project}/datasets/{dataset}")
    if row is None or not row.ready:
        raise Absent(f"there is no dataset `{project}.{dataset}`", "declare it in the program and run `pulumi up`")
    return sorted(
        f"{project}.{dataset}.{inputs['tableId']}"
        for _, inputs in store.all(TABLE)
        if (inputs["project"], inputs["datasetId"]) == (project, dataset)
    )


def _table(inputs: Mapping[str, Any]) -> Table:
    columns = tuple(
        Column(name=column["name"], type=column["type"], required=column.get("mode") == "REQUIRED")
        for column in json.loads(inputs["schema"])
    )
    constraints = inputs.get("tableConstraints") or {}
    return Table(columns=columns, key=tuple((constraints.get("primaryKey") or {}).get("columns", ())))
