from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import pandas as pd
import pytest

from groundwork.contract.deployment import Deployment
from groundwork.errors import GroundworkError
from groundwork.ports.errors import Absent, Unavailable
from groundwork.ports.warehouse import Scalar, Table
from pipelines.forecasting.forecasting import Forecasts
from pipelines.forecasting.parameters import Parameters
from pipelines.forecasting.storage import examine, store_results

SALES = "acme.raw.sales"


class Tables:
    """A warehouse that holds sales, keeps what it is given, and may refuse a table."""

    def __init__(self, sales: pd.DataFrame, *, refuses: str = "") -> None:
        self.sales = sales
        self.refuses = refuses
        self.stored: dict[tuple[str, str], pd.DataFrame] = {}
        self.asked: list[Mapping[str, Scalar]] = []

    def query(
        self, sql: str, *, tables: Mapping[str, str] | None = None, parameters: Mapping[str, Scalar] | None = None
    ) -> pd.DataFrame:
        assert tables == {"sales": SALES}
        asked = dict(parameters or {})
        self.asked.append(asked)
        first, last = pd.Timestamp(str(asked["first_week"])), pd.Timestamp(str(asked["last_week"]))
        return self.sales[self.sales["week"].between(first, last)]

    def append(self, table: str, rows: pd.DataFrame | Iterable[pd.DataFrame], *, batch: str) -> None:
        if table == self.refuses:
            raise Unavailable("not now", "later")
        assert isinstance(rows, pd.DataFrame)
        self.stored[table, batch] = rows

    def export(self, table: str, *, batch: str, rows: int, size: int) -> bytes:
        raise Absent(table, "not asked for")

    def retract(self, table: str, *, batch: str) -> None:
        self.stored.pop((table, batch), None)

    def tables(self, dataset: str) -> list[str]:
        raise Absent(dataset, "not asked for")

    def describe(self, table: str) -> Table:
        raise Absent(table, "not asked for")

    def batches(self, table: str) -> list[str]:
        raise Absent(table, "not asked for")


def deployment(holdout_weeks: int) -> Deployment:
    return Deployment(
        name="forecasting",
        pipeline="forecasting",
        project="acme",
        region="europe-west2",
        dataset="acme.forecasting",
        raw="acme.raw",
        artifacts="gs://acme",
        runner="runner@acme.iam.gserviceaccount.com",
        topic="projects/acme/topics/notifications",
        owners=(),
        holdout_weeks=holdout_weeks,
    )


def test_only_the_held_out_weeks_are_read_to_measure(
    made: Forecasts, history: pd.DataFrame, sales: pd.DataFrame, parameters: Parameters
) -> None:
    warehouse = Tables(sales)
    accuracy = examine(warehouse, deployment(4), parameters, made.frame, history)
    assert warehouse.asked == [{"first_week": date(2012, 8, 10), "last_week": date(2012, 8, 31)}]
    assert accuracy["weeks"].eq(4).all()
    assert warehouse.stored == {}


def test_without_held_out_weeks_nothing_after_the_cutoff_is_read(
    made: Forecasts, history: pd.DataFrame, sales: pd.DataFrame, parameters: Parameters
) -> None:
    warehouse = Tables(sales)
    assert examine(warehouse, deployment(0), parameters, made.frame, history).empty
    assert warehouse.asked == []


def test_a_series_that_was_not_forecast_is_found_by_its_history(
    made: Forecasts, history: pd.DataFrame, sales: pd.DataFrame, parameters: Parameters
) -> None:
    with pytest.raises(GroundworkError, match="forecasts: missing: 1_95 2012-08-10"):
        examine(Tables(sales), deployment(12), parameters, made.frame[made.frame["series"] != "1_95"], history)


def test_forecasts_and_accuracy_are_stored_as_one_batch(made: Forecasts) -> None:
    warehouse = Tables(pd.DataFrame())
    accuracy = pd.DataFrame({"series": ["all"], "coverage_80": [0.8]})
    store_results(warehouse, "acme.forecasting", run="run-1", forecasts=made.frame, accuracy=accuracy)
    assert set(warehouse.stored) == {("acme.forecasting.accuracy", "run-1"), ("acme.forecasting.forecasts", "run-1")}
    rows = warehouse.stored["acme.forecasting.forecasts", "run-1"]
    assert rows["week"].iloc[0] == date(2012, 8, 10)
    assert "naive" not in rows
    assert warehouse.stored["acme.forecasting.accuracy", "run-1"]["coverage_95"].isna().all()


def test_forecasts_that_cannot_be_stored_take_their_accuracy_with_them(made: Forecasts) -> None:
    warehouse = Tables(pd.DataFrame(), refuses="acme.forecasting.forecasts")
    with pytest.raises(Unavailable):
        store_results(
            warehouse, "acme.forecasting", run="run-1", forecasts=made.frame, accuracy=pd.DataFrame({"series": ["all"]})
        )
    assert warehouse.stored == {}


def test_without_accuracy_only_forecasts_are_stored(made: Forecasts) -> None:
    warehouse = Tables(pd.DataFrame())
    store_results(warehouse, "acme.forecasting", run="run-1", forecasts=made.frame, accuracy=pd.DataFrame())
    assert [table for table, _ in warehouse.stored] == ["acme.forecasting.forecasts"]
