from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from groundwork.twin.bigquery import schema
from groundwork.twin.core.resource_type import UNKNOWN
from groundwork.twin.core.store import Refused

if TYPE_CHECKING:
    from tests.unit.twin.conftest import Cloud

DATASET = {"datasetId": "raw", "location": "EU"}
STORE = {"name": "Store", "type": "INT64", "mode": "REQUIRED"}
SALES = {"name": "Sales", "type": "FLOAT64"}
BATCH = {"name": "batch", "type": "STRING", "mode": "REQUIRED"}


def table(*columns: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"datasetId": "raw", "tableId": "sales", "schema": json.dumps(columns), "deletionProtection": False, **more}


def test_a_bucket_with_content_is_destroyed_only_when_the_program_says_so(cloud: Cloud) -> None:
    bucket = {"name": "northwind-raw", "location": "EU"}
    id_ = cloud.make("bucket:Bucket", **bucket)
    (cloud.store.root / "buckets/northwind-raw/sales.csv").write_text("x")

    with pytest.raises(Refused, match="bucket northwind-raw is not empty"):
        cloud.delete("bucket:Bucket", id_)
    assert (cloud.store.root / "buckets/northwind-raw/sales.csv").exists()

    cloud.update("bucket:Bucket", id_, **bucket, forceDestroy=True)
    cloud.delete("bucket:Bucket", id_)
    assert not (cloud.store.root / "buckets/northwind-raw").exists()


def test_a_dataset_with_tables_is_destroyed_only_when_the_program_says_so(cloud: Cloud) -> None:
    id_ = cloud.make("dataset:Dataset", **DATASET)
    inside = cloud.make("table:Table", **table(STORE, BATCH))

    with pytest.raises(Refused, match="dataset raw still has tables"):
        cloud.delete("dataset:Dataset", id_)

    cloud.update("dataset:Dataset", id_, **DATASET, deleteContentsOnDestroy=True)
    cloud.delete("dataset:Dataset", id_)
    assert cloud.read("table:Table", inside) is None
    assert not (cloud.store.root / "warehouse/northwind-ml-dev/raw").exists()


def test_tables_of_another_dataset_do_not_matter(cloud: Cloud) -> None:
    cloud.make("dataset:Dataset", **DATASET)
    other = cloud.make("dataset:Dataset", datasetId="raw2")
    cloud.make("table:Table", **table(STORE, BATCH))

    cloud.delete("dataset:Dataset", other)
    assert cloud.read("dataset:Dataset", other) is None


def test_a_table_needs_its_dataset(cloud: Cloud) -> None:
    assert "dataset raw does not exist" in cloud.refused("table:Table", **table(STORE))


def test_a_protected_table_is_not_dropped(cloud: Cloud) -> None:
    cloud.make("dataset:Dataset", **DATASET)
    id_ = cloud.make("table:Table", **table(STORE, deletionProtection=True))

    with pytest.raises(Refused, match="table sales is protected"):
        cloud.delete("table:Table", id_)


def test_a_dropped_table_takes_its_folder_along(cloud: Cloud) -> None:
    cloud.make("dataset:Dataset", **DATASET)
    id_ = cloud.make("table:Table", **table(STORE))
    folder = cloud.store.root / "warehouse/northwind-ml-dev/raw/sales"
    (folder / "one.parquet").write_bytes(b"")

    cloud.delete("table:Table", id_)
    assert not folder.exists()


@pytest.mark.parametrize(
    ("old", "new", "in_place"),
    [
        ([STORE], [STORE, SALES], True),
        ([STORE, SALES], [STORE], True),
        ([STORE], [{**STORE, "description": "where"}], True),
        ([STORE], [{**STORE, "mode": "NULLABLE"}], True),
        ([STORE], [{**STORE, "type": "INTEGER"}], True),
        ([SALES], [{**SALES, "mode": "REQUIRED"}], False),
        ([STORE], [{**STORE, "type": "STRING"}], False),
        ([STORE], [SALES], False),
    ],
)
def test_columns_change_in_place_where_google_can(old: list[dict[str, Any]], new: list[dict[str, Any]], in_place: Any) -> None:
    assert schema.changes_in_place(json.dumps(old), json.dumps(new)) == in_place


def test_a_required_column_cannot_be_added(cloud: Cloud) -> None:
    cloud.make("dataset:Dataset", **DATASET)
    id_ = cloud.make("table:Table", **table(STORE))

    with pytest.raises(Refused, match="cannot add required columns to table sales: batch"):
        cloud.update("table:Table", id_, **table(STORE, BATCH))


def test_a_dropped_column_does_not_come_back_to_life(cloud: Cloud) -> None:
    cloud.make("dataset:Dataset", **DATASET)
    id_ = cloud.make("table:Table", **table(STORE, SALES))
    batch = cloud.store.root / "warehouse/northwind-ml-dev/raw/sales/one.parquet"
    pq.write_table(pa.table({"Store": [1], "Sales": [2.5]}), batch)

    cloud.update("table:Table", id_, **table(STORE))
    assert pq.read_table(batch).to_pydict() == {"Store": [1]}
    assert [path.name for path in batch.parent.iterdir()] == ["one.parquet"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "the schema is not JSON: "),
        ("{}", "the schema must be a list of columns"),
        ('[{"type": "STRING"}]', "the schema must be a list of columns, each with a name"),
        (json.dumps([STORE, {**SALES, "name": "store"}]), "column store is there twice"),
        (json.dumps([{**STORE, "type": "GEOGRAPHY"}]), "column Store has type GEOGRAPHY"),
        (json.dumps([{**STORE, "mode": "REPEATED"}]), "column Store has mode REPEATED"),
        (json.dumps([{**STORE, "name": "a store"}]), "`a store` is not a valid name of a column"),
    ],
)
def test_a_wrong_schema_is_refused_at_preview(cloud: Cloud, text: str, reason: str) -> None:
    (fault,) = cloud.faults("table:Table", **{**table(), "schema": text})
    assert fault.startswith(reason)


def test_a_schema_that_is_not_known_yet_is_no_fault(cloud: Cloud) -> None:
    assert cloud.faults("table:Table", **{**table(), "schema": UNKNOWN}) == []


def test_a_primary_key_names_columns_that_are_there(cloud: Cloud) -> None:
    key = {"primaryKey": {"columns": ["Store", "Week"]}}
    assert cloud.faults("table:Table", **table(STORE, tableConstraints=key)) == [
        "the primary key names columns that are not there: Week"
    ]


VIEW = {"query": "SELECT * FROM `northwind-ml-dev.raw.sales`", "useLegacySql": False}
TRAINING_VIEW = {"datasetId": "raw", "tableId": "training_view", "deletionProtection": False}


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"view": {"query": VIEW["query"]}}, "the twin does not know legacy SQL"),
        ({"view": {**VIEW, "query": "SELECT * FROM sales"}}, "the query is none of a view"),
        ({"view": {**VIEW, "query": "DROP TABLE sales"}}, "the query is none of a view"),
        ({"view": {**VIEW, "query": "SELECT * FROM read_parquet('x')"}}, "the query is none of a view"),
        ({"view": {**VIEW, "useQueryCache": True}}, "the twin does not know useQueryCache of a view"),
        ({"view": VIEW, "schema": "[]"}, "a view has no `schema`"),
        ({"view": VIEW, "clusterings": ["Store"]}, "a view has no `clusterings`"),
        ({}, "`schema` is required of a table without a `view`"),
    ],
)
def test_a_wrong_view_is_refused_at_preview(cloud: Cloud, inputs: dict[str, Any], reason: str) -> None:
    (fault,) = cloud.faults("table:Table", **TRAINING_VIEW, **inputs)
    assert fault.startswith(reason)


def test_a_view_needs_what_it_reads(cloud: Cloud) -> None:
    cloud.make("dataset:Dataset", **DATASET)
    reason = cloud.refused("table:Table", **TRAINING_VIEW, view=VIEW)
    assert "view training_view reads `northwind-ml-dev.raw.sales`, which does not exist" in reason


def test_a_view_has_no_folder_and_never_becomes_a_table(cloud: Cloud) -> None:
    cloud.make("dataset:Dataset", **DATASET)
    cloud.make("table:Table", **table(STORE))
    id_ = cloud.make("table:Table", **TRAINING_VIEW, view=VIEW)
    assert cloud.read("table:Table", id_)
    assert [path.name for path in (cloud.store.root / "warehouse/northwind-ml-dev/raw").iterdir()] == ["sales"]
    with pytest.raises(Refused, match="view training_view cannot become a table"):
        cloud.update("table:Table", id_, **TRAINING_VIEW, schema=json.dumps([STORE]))
    cloud.delete("table:Table", id_)
    assert cloud.read("table:Table", id_) is None


def test_only_a_view_that_is_there_is_authorised(cloud: Cloud) -> None:
    cloud.make("dataset:Dataset", **DATASET)
    cloud.make("table:Table", **table(STORE))
    whom = {"projectId": "northwind-ml-dev", "datasetId": "raw", "tableId": "training_view"}
    access = "datasetAccess:DatasetAccess"
    assert "raw.training_view` does not exist" in cloud.refused(access, datasetId="raw", view=whom)
    assert "raw.sales` is not a view" in cloud.refused(access, datasetId="raw", view={**whom, "tableId": "sales"})
    assert "dataset other does not exist" in cloud.refused(access, datasetId="other", view=whom)
    cloud.make("table:Table", **TRAINING_VIEW, view=VIEW)
    cloud.make(access, datasetId="raw", view=whom)
    assert "already exists" in cloud.refused(access, datasetId="raw", view=whom), "Google's provider looks first"


@pytest.mark.parametrize("seconds", [1, 604_799, 7_776_001])
def test_a_soft_delete_that_google_does_not_offer_is_refused(cloud: Cloud, seconds: int) -> None:
    bucket = {"name": "northwind-raw", "location": "EU", "versioning": {"enabled": False}}
    assert cloud.faults("bucket:Bucket", **bucket, softDeletePolicy={"retentionDurationSeconds": 0}) == []
    (fault,) = cloud.faults("bucket:Bucket", **bucket, softDeletePolicy={"retentionDurationSeconds": seconds})
    assert fault == "deleted objects are kept for 0 seconds, or for 604800 to 7776000"
