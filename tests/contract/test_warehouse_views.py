"""Who may read what through views: a candidate knows the weeks that it is shown, and no other."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from groundwork.notebook.results import retract
from groundwork.ports.errors import Absent, Conflict, Denied
from groundwork.twin import lifecycle
from groundwork.twin.registry import RESOURCE_TYPES
from tests.contract.conftest import PROJECT, TwinWorld

if TYPE_CHECKING:
    from pathlib import Path

    from groundwork.ports.warehouse import Warehouse

RAW = f"{PROJECT}.raw.sales"
TRAINING_VIEW = f"{PROJECT}.training_views.sales"
ALL = f"SELECT * FROM `{RAW}`"  # noqa: S608  our own name, here and below
OPEN = f"{ALL} WHERE Date <= DATE '2012-06-01'"


@pytest.fixture
def world(tmp_path: Path) -> TwinWorld:
    """Two weeks of raw sales, of which dataset `training_views` shows the first."""
    world = TwinWorld(tmp_path / "twin")
    for api in ("bigquery", "storage"):
        make(world, "gcp:projects/service:Service", service=f"{api}.googleapis.com")
    for dataset in ("raw", "training_views"):
        make(world, "gcp:bigquery/dataset:Dataset", datasetId=dataset, deleteContentsOnDestroy=True)
    world.make_table("raw.sales", {"Date": "DATE!", "Sales": "FLOAT64!"})
    rows = pd.DataFrame({"Date": [date(2012, 6, 1), date(2012, 6, 8)], "Sales": [1.0, 4711.0]})
    world.platform().warehouse.append(RAW, rows, batch="first")
    return world


def make(world: TwinWorld, token: str, **inputs: Any) -> str:
    given = lifecycle.completed(RESOURCE_TYPES[token], inputs, PROJECT)
    assert lifecycle.faults(RESOURCE_TYPES[token], given) == []
    return lifecycle.create(world.store, RESOURCE_TYPES[token], given)


def view(world: TwinWorld, query: str = OPEN, *, table: str = "sales", dataset: str = "training_views") -> str:
    shown = {"query": query, "useLegacySql": False}
    return make(world, "gcp:bigquery/table:Table", datasetId=dataset, tableId=table, view=shown, deletionProtection=False)


def authorise(world: TwinWorld, table: str = "sales", *, on: str = "raw") -> str:
    whom = {"projectId": PROJECT, "datasetId": "training_views", "tableId": table}
    return make(world, "gcp:bigquery/datasetAccess:DatasetAccess", datasetId=on, view=whom)


@pytest.fixture
def candidate(world: TwinWorld) -> Warehouse:
    """A warehouse that sees the training views and has no right on the raw tables."""
    view(world)
    authorise(world)
    return as_candidate(world)


def as_candidate(world: TwinWorld) -> Warehouse:
    roles = {"roles/bigquery.jobUser": f"projects/{PROJECT}"}
    email = world.make_account(
        "candidate-01", {**roles, "roles/bigquery.dataViewer": f"projects/{PROJECT}/datasets/training_views"}
    )
    return world.platform(email).warehouse


def sales(warehouse: Warehouse, sql: str = "SELECT SUM(Sales) AS n FROM t", table: str = TRAINING_VIEW) -> float:
    return float(warehouse.query(sql, tables={"t": table})["n"][0])


def test_an_authorised_view_shows_what_it_shows_and_no_more(candidate: Warehouse) -> None:
    assert sales(candidate) == 1.0
    assert sales(candidate, "SELECT COUNT(*) AS n FROM t AS a JOIN t AS b USING (Date)") == 1.0


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM r",
        "SELECT * FROM t JOIN r USING (Date)",
        "SELECT (SELECT MAX(Sales) FROM r) AS n FROM t",
        "SELECT * FROM t WHERE Sales IN (SELECT Sales FROM r)",
        "WITH t AS (SELECT * FROM r) SELECT * FROM t",
        "WITH x AS (SELECT * FROM r), r AS (SELECT 1 AS one) SELECT * FROM x",
        "SELECT * FROM t UNION ALL SELECT * FROM `r`",
        "SELECT * FROM (SELECT * FROM (SELECT * FROM r))",
    ],
)
def test_the_raw_table_is_denied_wherever_it_stands(candidate: Warehouse, sql: str) -> None:
    with pytest.raises(Denied, match=r"lacks bigquery\.tables\.getData on projects/.*/datasets/raw"):
        candidate.query(sql, tables={name: table for name, table in (("t", TRAINING_VIEW), ("r", RAW)) if name in sql})


@pytest.mark.parametrize(
    "sql",
    [
        ALL,
        ALL.replace("`", ""),
        "SELECT * FROM raw.sales",
        "SELECT * FROM sales",
        "SELECT * FROM duckdb_views()",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM sqlite_master",
        "WITH RECURSIVE x AS (SELECT * FROM sqlite_master), sqlite_master AS (SELECT 1 AS sql) SELECT * FROM x JOIN t ON TRUE",
        "WITH RECURSIVE sqlite_master AS (SELECT * FROM sqlite_master) SELECT * FROM sqlite_master JOIN t ON TRUE",
        "SELECT * FROM query('FROM duckdb_tables()')",
    ],
)
def test_the_raw_table_has_no_other_name(candidate: Warehouse, sql: str) -> None:
    try:
        found = candidate.query(sql, tables={"t": TRAINING_VIEW})
    except (Absent, Conflict, Denied):
        return
    assert "4711" not in found.to_string()
    assert "source_" not in found.to_string()


def test_a_condition_of_the_asker_never_sees_a_hidden_row(candidate: Warehouse) -> None:
    """Else the error of a cast would tell what is in it.

    BigQuery promises no order of evaluation, so that there it may: decision 8 lists the leaks and the reason for accepting them.
    """
    found = candidate.query(
        "SELECT CAST(CONCAT(CAST(Sales AS STRING), 'x') AS INT64) AS n FROM t WHERE Sales > 4000 AND 1 / (4711 - Sales) > 0",
        tables={"t": TRAINING_VIEW},
    )
    assert found.empty
    assert sales(candidate, "SELECT COUNT(*) AS n FROM t WHERE IF(Sales > 4000, ERROR('seen'), TRUE)") == 1.0


def test_a_view_that_is_not_authorised_reads_with_the_asker_s_rights(world: TwinWorld) -> None:
    view(world)
    assert sales(world.platform().warehouse) == 1.0
    with pytest.raises(Denied, match="datasets/raw"):
        sales(as_candidate(world))


def test_an_authorised_view_is_for_those_who_may_read_its_dataset(world: TwinWorld, candidate: Warehouse) -> None:
    assert sales(candidate) == 1.0
    nobody = world.make_account("nobody-here", {"roles/bigquery.jobUser": f"projects/{PROJECT}"})
    with pytest.raises(Denied, match="datasets/training_views"):
        sales(world.platform(nobody).warehouse)


def test_an_authorised_dataset_is_all_its_views(world: TwinWorld) -> None:
    whom = {"dataset": {"projectId": PROJECT, "datasetId": "training_views"}, "targetTypes": ["VIEWS"]}
    make(world, "gcp:bigquery/datasetAccess:DatasetAccess", datasetId="raw", authorizedDataset=whom)
    view(world)
    assert sales(as_candidate(world)) == 1.0


def test_a_view_that_is_changed_has_to_be_authorised_anew(world: TwinWorld, candidate: Warehouse) -> None:
    table = RESOURCE_TYPES["gcp:bigquery/table:Table"]
    wider = {"query": ALL, "useLegacySql": False}
    given = {"datasetId": "training_views", "tableId": "sales", "view": wider, "deletionProtection": False}
    lifecycle.update(world.store, table, table.id({**given, "project": PROJECT}), lifecycle.completed(table, given, PROJECT))
    with pytest.raises(Denied, match="datasets/raw"):
        sales(candidate)
    authorise(world)
    assert sales(candidate) == 4712.0


def test_a_view_of_a_view_reads_as_that_one_may(world: TwinWorld, candidate: Warehouse) -> None:
    view(world, f"WITH sales AS ({ALL.replace(RAW, TRAINING_VIEW)}) SELECT sales.Sales + 1 AS Sales FROM sales", table="more")  # noqa: S608  our own name
    assert sales(candidate, table=f"{PROJECT}.training_views.more") == 2.0


def test_views_are_nested_so_deep_and_no_deeper(world: TwinWorld) -> None:
    below = RAW
    for number in range(17):
        view(world, ALL.replace(RAW, below), table=f"view{number}")
        below = f"{PROJECT}.training_views.view{number}"
    warehouse = world.platform().warehouse
    assert sales(warehouse, table=f"{PROJECT}.training_views.view15") == 4712.0
    with pytest.raises(Conflict, match="nested deeper than 16"):
        sales(warehouse, table=below)


def test_a_view_of_what_is_gone_is_absent(world: TwinWorld, candidate: Warehouse) -> None:
    world.store.forget("gcp:bigquery/table:Table", f"projects/{PROJECT}/datasets/raw/tables/sales")
    for warehouse in (world.platform().warehouse, candidate):
        with pytest.raises(Absent, match=RAW):
            sales(warehouse)


@pytest.mark.usefixtures("candidate")
def test_a_view_is_listed_and_stores_nothing(world: TwinWorld) -> None:
    warehouse = world.platform().warehouse
    assert warehouse.tables(f"{PROJECT}.training_views") == [TRAINING_VIEW]
    rows = pd.DataFrame({"Date": [date(2012, 6, 1)], "Sales": [1.0]})
    for ask in (
        lambda: warehouse.describe(TRAINING_VIEW),
        lambda: warehouse.batches(TRAINING_VIEW),
        lambda: warehouse.append(TRAINING_VIEW, rows, batch="second"),
        lambda: warehouse.retract(TRAINING_VIEW, batch="first"),
        lambda: warehouse.export(TRAINING_VIEW, batch="first", rows=10, size=1_000),
    ):
        with pytest.raises(Conflict, match=f"`{TRAINING_VIEW}` is a view"):
            ask()


@pytest.mark.usefixtures("candidate")
def test_results_are_retracted_beside_views(world: TwinWorld) -> None:
    view(world, dataset="raw", table="also")
    assert retract(world.platform(), f"{PROJECT}.raw", ["first"]) == {"first": "retracted its rows in sales"}
    assert world.platform().warehouse.batches(RAW) == []


@pytest.mark.usefixtures("candidate")
def test_a_dataset_takes_its_views_and_what_they_were_allowed_along(world: TwinWorld) -> None:
    training_views = RESOURCE_TYPES["gcp:bigquery/dataset:Dataset"]
    lifecycle.delete(world.store, training_views, training_views.id({"project": PROJECT, "datasetId": "training_views"}))
    assert list(world.store.all("gcp:bigquery/datasetAccess:DatasetAccess")) == []
    with pytest.raises(Absent, match=TRAINING_VIEW):
        sales(world.platform().warehouse)
