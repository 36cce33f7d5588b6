"""The sample, and forecasts made of it once."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pipelines.forecasting.evaluation.checks import check_history
from pipelines.forecasting.forecasting import Forecasts, make_forecasts
from pipelines.forecasting.parameters import Parameters

SAMPLE = Path(__file__).parents[3] / "pipelines" / "forecasting" / "sample" / "walmart_sales_weekly.csv"


@pytest.fixture(scope="session")
def sales() -> pd.DataFrame:
    columns = {"id": "series", "Date": "week", "Weekly_Sales": "sales"}
    return pd.read_csv(SAMPLE, usecols=[*columns], parse_dates=["Date"]).rename(columns=columns)


@pytest.fixture(scope="session")
def history(sales: pd.DataFrame) -> pd.DataFrame:
    """The sales without the last 12 weeks."""
    return check_history(sales[sales["week"] <= sales["week"].max() - pd.Timedelta(weeks=12)], needed=1)


@pytest.fixture(scope="session")
def parameters() -> Parameters:
    return Parameters(horizon=12)


@pytest.fixture(scope="session")
def made(history: pd.DataFrame, parameters: Parameters) -> Forecasts:
    return make_forecasts(history, parameters, weeks=12)
