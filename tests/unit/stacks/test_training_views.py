"""The limits of a candidate's access: the graph is written into a twin, and the twin's adapters allow or refuse requests."""

from __future__ import annotations

import functools
import json
import runpy
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from groundwork import connect
from groundwork.environment import table_schemas
from groundwork.ports.errors import Denied
from groundwork.twin import lifecycle
from groundwork.twin.bigquery.resources import Dataset, Table
from groundwork.twin.core.store import Store
from groundwork.twin.iam import permissions
from groundwork.twin.iam.custom_roles import CustomRole
from groundwork.twin.iam.members import Member
from groundwork.twin.iam.service_accounts import Account
from groundwork.twin.registry import RESOURCE_TYPES
from stacks.candidate import program as candidate_program

if TYPE_CHECKING:
    from groundwork.ports.warehouse import Warehouse
    from tests.conftest import Graph

ROOT = Path(__file__).parents[3]
PROJECT = "northwind-ml-dev"
CANDIDATE = "second-0123456789ab"
WEEKS = 12
NEWEST = date(2012, 10, 26)
CUTOFF = NEWEST - timedelta(weeks=WEEKS)

Configuration = Callable[[str], dict[str, str]]


def program() -> None:
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")


@pytest.fixture(scope="module")
def store(graph: Callable[..., Graph], configuration: Configuration, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Return a twin of dev with a second deployment, its candidate, and two raw tables with sales of forty weeks each."""
    twin = Store(tmp_path_factory.mktemp("twin"))
    config = configuration("dev")
    section = json.loads(config["groundwork:environment"])
    sales, deployment = section["raw_tables"]["sales"], section["deployments"]["forecasting"]
    section["raw_tables"]["weather"] = {**sales, "key": ["Store", "Date"]}
    section["deployments"]["second"] = {key: value for key, value in deployment.items() if key != "schedule"}
    built = graph(program, "dev", {**config, "groundwork:environment": json.dumps(section)})
    settings = json.loads(json.dumps(built.outputs["factory"]["second"]))
    arguments = {"candidate": CANDIDATE, "identity": settings["identities"][0], "settings": settings}
    for each in (built, graph(candidate_program(arguments), CANDIDATE)):
        _write(twin, each)
    warehouse = connect(f"twin:{twin.root}").warehouse
    for table in ("sales", "weather"):
        warehouse.append(f"{PROJECT}.raw.{table}", _weeks(), batch="first")
    return twin


def _write(store: Store, built: Graph) -> None:
    """Write the resources that the warehouse reads, in the form of the engine's updates."""
    for address, inputs in built.values.items():  # noqa: PD011  a graph's
        resource_type = RESOURCE_TYPES.get(address.partition("::")[0])
        if isinstance(resource_type, (Account, CustomRole, Dataset, Member, Table)):
            named = {name: value for name, value in inputs.items() if name in resource_type.names}
            full = lifecycle.completed(resource_type, named, PROJECT)
            resource_type.apply(store, full)
            store.put(resource_type.type, resource_type.id(full), full, ready=True)


def _weeks() -> pd.DataFrame:
    days = [NEWEST - timedelta(weeks=back) for back in range(40)]
    numbers = ("Weekly_Sales", "Temperature", "Fuel_Price", *(f"MarkDown{one}" for one in range(1, 6)), "CPI", "Unemployment")
    shop = {"id": "1_1", "Store": 1, "Dept": 1, "IsHoliday": False, "Type": "A", "Size": 1}
    return pd.DataFrame({"Date": days, **shop, **dict.fromkeys(numbers, 4711.0)})


def _as(store: Store, identity: str) -> Warehouse:
    return connect(f"twin:{store.root}", identity=f"{identity}@{PROJECT}.iam.gserviceaccount.com").warehouse


def _tables(store: Store) -> Iterator[str]:
    """Yield the full name of every existing table and view."""
    return (f"{table['project']}.{table['datasetId']}.{table['tableId']}" for _, table in store.all(Table.type))


def _seen(store: Store, identity: str) -> Mapping[str, pd.DataFrame]:
    """Return the rows that an identity can read, by table."""
    frames = {}
    for name in _tables(store):
        try:
            frames[name.removeprefix(f"{PROJECT}.")] = _as(store, identity).query("SELECT * FROM t", tables={"t": name})
        except Denied:
            continue
    return frames


@pytest.mark.parametrize("identity", ["candidate-01", "candidate-02", "ada-workbench"])
def test_no_held_out_week_is_shown_by_anything_of_any_deployment(store: Store, identity: str) -> None:
    """This holds for candidates of every deployment, and for their authors."""
    seen = _seen(store, identity)
    days = {name: rows["Date"].max().date() for name, rows in seen.items() if "Date" in rows}

    assert {"training_views.sales": CUTOFF, "training_views.weather": CUTOFF} == days
    assert 28 == len(seen["training_views.sales"])
    assert [] == [name for name, rows in seen.items() if not name.startswith("training_views.") and len(rows)]


def test_the_factory_and_the_schedule_s_runs_know_every_week(store: Store) -> None:
    for identity in ("factory", "forecasting-runner"):
        assert NEWEST == _seen(store, identity)["raw.sales"]["Date"].max().date()


OWN = f"projects/{PROJECT}/datasets/second_0123456789ab"
FORECASTS: dict[str, Any] = {"datasetId": "second_0123456789ab", "tableId": "forecasts", "deletionProtection": False}
VIEW = {"query": f"SELECT * FROM `{PROJECT}.training_views.sales`", "useLegacySql": False}  # noqa: S608  our own name
SCHEMA = '[{"name": "batch", "type": "STRING", "mode": "REQUIRED"}]'


def _attempts(store: Store, by: str) -> Mapping[str, Callable[[], object]]:
    table, dataset, access = Table(), Dataset(), RESOURCE_TYPES["gcp:bigquery/datasetAccess:DatasetAccess"]
    another = {**FORECASTS, "tableId": "another"}
    grant = {"datasetId": FORECASTS["datasetId"], "role": "roles/bigquery.dataOwner", "userByEmail": by}
    created = functools.partial(lifecycle.create, store, by=by)
    return {
        "tables.create": lambda: created(table, lifecycle.completed(table, {**another, "schema": SCHEMA}, PROJECT)),
        "tables.create, of a view": lambda: created(table, lifecycle.completed(table, {**another, "view": VIEW}, PROJECT)),
        "tables.create, in its place": lambda: created(table, lifecycle.completed(table, {**FORECASTS, "view": VIEW}, PROJECT)),
        "tables.update": lambda: lifecycle.update(
            store, table, f"{OWN}/tables/forecasts", lifecycle.completed(table, {**FORECASTS, "schema": SCHEMA}, PROJECT), by=by
        ),
        "tables.delete": lambda: lifecycle.delete(store, table, f"{OWN}/tables/forecasts", by=by),
        "datasets.delete": lambda: lifecycle.delete(store, dataset, OWN, by=by),
        "datasets.setIamPolicy": lambda: created(access, lifecycle.completed(access, grant, PROJECT)),
    }


DOING = ("tables.create", "tables.create, of a view", "tables.create, in its place", "tables.update", "tables.delete",
         "datasets.delete", "datasets.setIamPolicy")  # fmt: skip


@pytest.mark.parametrize("doing", DOING)
def test_a_candidate_makes_changes_and_drops_no_table_of_its_own(store: Store, doing: str) -> None:
    """Otherwise it could replace its results with a view, which would run with the permissions of the evaluating identity."""
    by = f"candidate-01@{PROJECT}.iam.gserviceaccount.com"
    store.put("gcp:projects/service:Service", f"{PROJECT}/bigquery.googleapis.com", {}, ready=True)

    with pytest.raises(Denied, match=rf"lacks bigquery\.{doing.partition(',')[0]} on {OWN}"):
        _attempts(store, by)[doing]()


def test_the_list_of_attempts_is_complete(store: Store) -> None:
    assert set(DOING) == set(_attempts(store, ""))


def test_a_candidate_stores_and_retracts_its_own_rows(store: Store) -> None:
    warehouse, table = _as(store, "candidate-01"), f"{PROJECT}.second_0123456789ab.accuracy"
    values = {"STRING": "all", "INTEGER": 1, "FLOAT": 0.1}
    columns = table_schemas.pipeline_tables("forecasting")["accuracy"].columns
    rows = pd.DataFrame({column["name"]: [values[column["type"]]] for column in columns if column["name"] != "batch"})
    warehouse.append(table, rows, batch="run-1")
    assert ["run-1"] == warehouse.batches(table)
    warehouse.retract(table, batch="run-1")
    permissions.require(store, f"candidate-01@{PROJECT}.iam.gserviceaccount.com", "bigquery.tables.getData", OWN)
