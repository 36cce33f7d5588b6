"""Stores forecasts and their accuracy in the deployment's tables.

Everything is checked and measured before the first row is stored. The forecasts are stored last: if they are there, all is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from groundwork.sdk.platform import PortError
from pipelines.forecasting.evaluation.checks import check_forecasts
from pipelines.forecasting.evaluation.constants import stored_levels
from pipelines.forecasting.evaluation.measures import measure
from pipelines.forecasting.evaluation.retrieval import retrieve_actuals

if TYPE_CHECKING:
    from groundwork.sdk.platform import Deployment, Warehouse
    from pipelines.forecasting.parameters import Parameters


def examine(
    warehouse: Warehouse, deployment: Deployment, parameters: Parameters, forecasts: pd.DataFrame, history: pd.DataFrame
) -> pd.DataFrame:
    """Check the forecasts, and return their accuracy on the held-out weeks; empty without a holdout."""
    held_out = deployment.holdout_weeks
    weeks = max(parameters.horizon, held_out)
    names, cutoff = history["series"].unique(), history["week"].max()
    checked = check_forecasts(forecasts, series=names, cutoff=cutoff, weeks=weeks, levels=parameters.levels)
    if not held_out:
        return pd.DataFrame()
    measured = checked[checked["step"] <= held_out]
    actuals = retrieve_actuals(warehouse, f"{deployment.raw}.sales", expected=measured)
    return measure(measured, actuals, history, parameters.levels)


def store_results(warehouse: Warehouse, dataset: str, *, run: str, forecasts: pd.DataFrame, accuracy: pd.DataFrame) -> None:
    """Store examined forecasts and their accuracy as batch `run`: both or nothing."""
    rows = forecasts.drop(columns="naive").assign(week=forecasts["week"].dt.date)
    if not accuracy.empty:
        warehouse.append(f"{dataset}.accuracy", _with_all_levels(accuracy, "coverage"), batch=run)
    try:
        warehouse.append(f"{dataset}.forecasts", _with_all_levels(rows, "lower", "upper"), batch=run)
    except PortError:
        warehouse.retract(f"{dataset}.accuracy", batch=run)
        raise


def _with_all_levels(frame: pd.DataFrame, *prefixes: str) -> pd.DataFrame:
    """Add empty columns for the levels that were not requested."""
    absent = sorted({f"{prefix}_{level}" for level in stored_levels() for prefix in prefixes} - set(frame.columns))
    return frame.assign(**dict.fromkeys(absent, float("nan")))
