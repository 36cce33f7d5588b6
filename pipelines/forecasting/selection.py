"""The model of each series and the size of its errors, both from the backtest only."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence


def select(backtest: pd.DataFrame, models: Sequence[str]) -> pd.DataFrame:
    """Return `series`, `model` and `mae`: for each series the model with the smallest mean absolute error in the backtest.

    Within one series every scale-free error (WAPE, MASE) has the same denominator for all models, so this ranks as they do.
    A model without a finite forecast of a series, such as for lack of history, is not chosen; on a tie the first wins.
    """
    errors = backtest[list(models)].sub(backtest["sales"], axis=0).abs()
    scores = errors.groupby(backtest["series"]).agg(_mean)
    scores = scores.where(np.isfinite(scores), np.inf)
    best = scores.idxmin(axis=1)
    return pd.DataFrame({"series": scores.index, "model": best.to_numpy(), "mae": scores.min(axis=1).to_numpy()})


def _mean(errors: pd.Series[float]) -> float:
    return float(errors.mean(skipna=False))


def chosen(forecasts: pd.DataFrame, selection: pd.DataFrame) -> pd.Series[float]:
    """Return, row by row, the forecast of the model that was selected for the row's series."""
    model = forecasts["series"].map(selection.set_index("series")["model"])
    values = pd.Series(np.nan, index=forecasts.index)
    for name in model.unique():
        values = values.mask(model == name, forecasts[name])
    return values


def radii(backtest: pd.DataFrame, selection: pd.DataFrame, levels: Sequence[int]) -> pd.DataFrame:
    """Return, by series, half the width of each level's interval, from the selected model's absolute errors in the backtest.

    Split conformal: of n errors the one of rank ceil((n + 1) * level); Lei et al., "Distribution-free predictive inference for
    regression", 2018, and Stankeviciute et al., "Conformal time-series forecasting", 2021. Native intervals are not used: a
    combination has none, and those of the others assume normal errors. Errors of all weeks ahead are pooled, since windows are
    few; windows overlap and selection saw them, so coverage is nominal: `accuracy` has the measured one.
    """
    errors = (backtest["sales"] - chosen(backtest, selection)).abs()
    by_series = errors.groupby(backtest["series"])
    return pd.DataFrame({level: by_series.agg(lambda some, level=level: _ranked(some, level)) for level in levels})


def _ranked(errors: pd.Series[float], level: int) -> float:
    rank = ceil((len(errors) + 1) * level / 100)
    return float(np.sort(errors.to_numpy())[rank - 1])
