"""The models, the history that each needs, and how they forecast the future and, in a backtest, the past.

A history is a frame of `series`, `week` and `sales` that has passed the checks; forecasts have a column for each model.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from statsforecast import StatsForecast
from statsforecast.models import MSTL, DynamicOptimizedTheta, SeasonalNaive, SeasonalWindowAverage

from pipelines.forecasting.evaluation.constants import SEASON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence


NAIVE = "seasonal_naive"
COMBINATION = "combination"
MEMBERS = (NAIVE, "mstl", "theta")
"""The combination is the plain mean of these, which is hard to beat: Makridakis et al., "The M4 Competition", 2020."""

_OURS = {"unique_id": "series", "ds": "week", "y": "sales"}
_THEIRS = {ours: theirs for theirs, ours in _OURS.items()}


@dataclass(frozen=True)
class Model:
    """A model, and the seasons of history that it needs."""

    make: Callable[[], Any]
    seasons: int


BASE_MODELS: Mapping[str, Model] = {
    # Hyndman & Athanasopoulos, "Forecasting: Principles and Practice", 3rd ed., 5.2
    NAIVE: Model(lambda: SeasonalNaive(season_length=SEASON, alias=NAIVE), 1),
    "seasonal_average": Model(lambda: SeasonalWindowAverage(season_length=SEASON, window_size=2, alias="seasonal_average"), 2),
    # Bandara, Hyndman & Bergmeir, 2021; the deseasonalised part by exponential smoothing
    "mstl": Model(lambda: MSTL(season_length=[SEASON], alias="mstl"), 2),
    # Fiorucci et al., 2016
    "theta": Model(lambda: DynamicOptimizedTheta(season_length=SEASON, alias="theta"), 2),
}


def predict(history: pd.DataFrame, *, models: Iterable[str], weeks: int) -> pd.DataFrame:
    """Forecast the weeks after the history: `series`, `week` and a column per model, empty where a series is too short for it."""

    def forecast(engine: StatsForecast, known: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame(engine.forecast(df=known, h=weeks))

    return _with_each(history, models, forecast, ["series", "week"], unseen=0)


def backtest(history: pd.DataFrame, *, models: Iterable[str], horizon: int, windows: int, step: int) -> pd.DataFrame:
    """Forecast the last weeks of the history from before them, `windows` times, the origin moving by `step` weeks.

    Rolling origin: Tashman, "Out-of-sample tests of forecasting accuracy", 2000. Every window refits. The frame has `series`,
    `cutoff`, `week`, `sales` and a column per model, empty where a series is too short for the first window.
    """

    def cross_validate(engine: StatsForecast, known: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame(engine.cross_validation(df=known, h=horizon, n_windows=windows, step_size=step))

    keys = ["series", "cutoff", "week", "sales"]
    return _with_each(history, models, cross_validate, keys, unseen=horizon + (windows - 1) * step)


def _with_each(
    history: pd.DataFrame,
    models: Iterable[str],
    use: Callable[[StatsForecast, pd.DataFrame], pd.DataFrame],
    keys: Sequence[str],
    *,
    unseen: int,
) -> pd.DataFrame:
    requested = list(models)
    needed = [name for name in BASE_MODELS if name in requested or (COMBINATION in requested and name in MEMBERS)]
    theirs = history.rename(columns=_THEIRS)
    lengths = theirs.groupby("unique_id")["ds"].transform("size")
    frames = []
    for name in needed:
        known = theirs[lengths - unseen >= BASE_MODELS[name].seasons * SEASON]
        if not known.empty:
            engine = StatsForecast(models=[BASE_MODELS[name].make()], freq="7D", n_jobs=1)
            with np.errstate(invalid="ignore"):  # constant sales have no autocorrelation; the models treat them as not seasonal
                frames.append(use(engine, known).rename(columns=_OURS))
    merged = reduce(lambda left, right: left.merge(right, on=list(keys), how="outer"), frames).reindex(columns=[*keys, *needed])
    merged[needed] = merged[needed].astype("float64").clip(lower=0)  # sales are never negative
    if COMBINATION in requested:
        merged[COMBINATION] = merged[list(MEMBERS)].mean(axis=1, skipna=False)
    return merged[[*keys, *requested]].sort_values(list(keys[:-1] if "sales" in keys else keys), ignore_index=True)
