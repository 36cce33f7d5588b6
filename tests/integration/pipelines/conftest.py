"""A twin with the forecasting deployment on it, as the stack would have made it, and the sample loaded."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from groundwork import connect
from groundwork.contract.deployment import Deployment
from groundwork.contract.variables import DEPLOYMENT_VARIABLE
from groundwork.ports.platform import Platform
from groundwork.twin.core.store import Store

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "pipelines" / "forecasting"
PROJECT = "northwind-ml-dev"
ARTIFACTS = f"{PROJECT}-forecasting-artifacts"


@dataclass(frozen=True)
class Place:
    """A deployment on a twin of its own."""

    root: Path
    deployment: Deployment

    @property
    def platform(self) -> Platform:
        return connect(f"twin:{self.root}")

    @property
    def environment(self) -> Mapping[str, str]:
        return {"GROUNDWORK_PLATFORM": f"twin:{self.root}", DEPLOYMENT_VARIABLE: self.deployment.model_dump_json()}

    def load(self, sales: pd.DataFrame, batch: str = "sample") -> None:
        self.platform.warehouse.append(f"{PROJECT}.raw.sales", sales, batch=batch)

    def stored(self, table: str, run: str) -> pd.DataFrame:
        rows = self.platform.warehouse.query(
            "SELECT * FROM stored WHERE batch = @run ORDER BY series",
            tables={"stored": f"{self.deployment.dataset}.{table}"},
            parameters={"run": run},
        )
        return rows.drop(columns="batch").sort_values(["series", *(["week"] if "week" in rows else [])], ignore_index=True)

    def letters(self) -> list[dict[str, Any]]:
        return [json.loads(file.read_text()) for file in sorted((self.root / "outbox").glob("*.json"))]


def make_place(root: Path, holdout_weeks: int) -> Place:
    store = Store(root)
    store.put("gcp:storage/bucket:Bucket", ARTIFACTS, {"name": ARTIFACTS, "project": PROJECT}, ready=True)
    (root / "buckets" / ARTIFACTS).mkdir(parents=True)
    schemas = {
        ("raw", "sales"): ROOT / "tables/sales.json",
        **{("forecasting", name): FOLDER / "tables" / f"{name}.json" for name in ("forecasts", "accuracy")},
    }
    for (dataset, table), schema in schemas.items():
        inputs = {"project": PROJECT, "datasetId": dataset}
        store.put("gcp:bigquery/dataset:Dataset", f"projects/{PROJECT}/datasets/{dataset}", inputs, ready=True)
        name = f"projects/{PROJECT}/datasets/{dataset}/tables/{table}"
        store.put("gcp:bigquery/table:Table", name, {**inputs, "tableId": table, "schema": schema.read_text()}, ready=True)
        (root / "warehouse" / PROJECT / dataset / table).mkdir(parents=True)
    deployment = Deployment(
        name="forecasting",
        pipeline="forecasting",
        project=PROJECT,
        region="europe-west2",
        dataset=f"{PROJECT}.forecasting",
        raw=f"{PROJECT}.raw",
        artifacts=f"gs://{ARTIFACTS}",
        runner=f"forecasting-runner@{PROJECT}.iam.gserviceaccount.com",
        topic=f"projects/{PROJECT}/topics/notifications",
        owners=("forecasting@northwind.example", "ada@northwind.example"),
        holdout_weeks=holdout_weeks,
    )
    return Place(root, deployment)


@pytest.fixture(scope="session")
def sample() -> pd.DataFrame:
    frame = pd.read_csv(FOLDER / "sample" / "walmart_sales_weekly.csv", parse_dates=["Date"])
    return frame.assign(Date=frame["Date"].dt.date)


@pytest.fixture(scope="module")
def place_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Place]]:
    """Return a function that makes a deployment and chooses it for this process."""
    with pytest.MonkeyPatch.context() as patch:

        def make(*, holdout_weeks: int = 12) -> Place:
            place = make_place(tmp_path_factory.mktemp("twin") / "twin", holdout_weeks)
            for name, value in place.environment.items():
                patch.setenv(name, value)
            return place

        yield make
