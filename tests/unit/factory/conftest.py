"""A real twin with the factory's buckets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from groundwork import connect
from groundwork.ports.platform import Platform
from groundwork.twin.core.store import Store
from tests.unit.factory.world import PROJECT


@dataclass(frozen=True)
class Twin:
    """A twin whose buckets were made as `pulumi up` would."""

    root: Path

    @property
    def platform(self) -> Platform:
        return connect(f"twin:{self.root}")

    @property
    def objects(self) -> Any:
        return self.platform.objects

    def table(self, dataset: str, name: str, columns: Mapping[str, str]) -> str:
        """Make a table, and its dataset; return its full name."""
        store, place = Store(self.root), f"projects/{PROJECT}/datasets/{dataset}"
        store.put("gcp:bigquery/dataset:Dataset", place, {"project": PROJECT, "datasetId": dataset}, ready=True)
        schema = [{"name": column, "type": kind, "mode": "NULLABLE"} for column, kind in {**columns, "batch": "STRING"}.items()]
        inputs = {"project": PROJECT, "datasetId": dataset, "tableId": name, "schema": json.dumps(schema)}
        store.put("gcp:bigquery/table:Table", f"{place}/tables/{name}", inputs, ready=True)
        (self.root / "warehouse" / PROJECT / dataset / name).mkdir(parents=True)
        return f"{PROJECT}.{dataset}.{name}"


@pytest.fixture
def twin(tmp_path: Path) -> Twin:
    store = Store(tmp_path / "twin")
    for name in ("ledger", "records", "candidates"):
        bucket = f"{PROJECT}-{name}"
        store.put("gcp:storage/bucket:Bucket", bucket, {"name": bucket, "project": PROJECT, "location": "x"}, ready=True)
        (store.root / "buckets" / bucket).mkdir(parents=True)
    return Twin(store.root)
