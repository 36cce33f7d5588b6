"""Forecasts of every series: backtest, selection, prediction, intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.forecasting.models import NAIVE, backtest, predict
from pipelines.forecasting.selection import chosen, radii, select

if TYPE_CHECKING:
    import pandas as pd

    from pipelines.forecasting.parameters import Parameters


@dataclass(frozen=True)
class Forecasts:
    """The forecasts, and the selection of models behind them."""

    frame: pd.DataFrame
    """`series week step model mean lower_80 upper_80 … naive`, a row per series and week; the last is seasonal naive."""
    selection: pd.DataFrame
    """`series model mae`: the model that won the backtest, and its mean absolute error in it."""


def make_forecasts(history: pd.DataFrame, parameters: Parameters, *, weeks: int) -> Forecasts:
    """Choose a model for each series by a backtest of the horizon, and forecast `weeks` weeks with it.

    `weeks` is longer than the horizon if the holdout is; it does not affect the selection.
    """
    compared = list(dict.fromkeys([NAIVE, *parameters.models]))
    tried = backtest(history, models=compared, horizon=parameters.horizon, windows=parameters.windows, step=parameters.step)
    selection = select(tried, parameters.models)
    ahead = predict(history, models=compared, weeks=weeks)
    frame = ahead[["series", "week"]].assign(
        step=ahead.groupby("series").cumcount() + 1,
        model=ahead["series"].map(selection.set_index("series")["model"]),
        mean=chosen(ahead, selection),
    )
    return Forecasts(_with_intervals(frame, radii(tried, selection, parameters.levels)).assign(naive=ahead[NAIVE]), selection)


def _with_intervals(frame: pd.DataFrame, half_widths: pd.DataFrame) -> pd.DataFrame:
    columns = {}
    for level in half_widths.columns:
        half = frame["series"].map(half_widths[level])
        columns[f"lower_{level}"] = (frame["mean"] - half).clip(lower=0)
        columns[f"upper_{level}"] = frame["mean"] + half
    return frame.assign(**columns)
