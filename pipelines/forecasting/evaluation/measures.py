"""The errors of forecasts on held-out weeks, compared with seasonal naive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipelines.forecasting.evaluation.constants import SEASON

if TYPE_CHECKING:
    from collections.abc import Sequence


ALL = "all"
"""The `series` of the row that measures all series together."""


def wape(actual: pd.Series[float], forecast: pd.Series[float]) -> float:
    """Weighted absolute percentage error, sum |y - f| / sum |y|; NaN when every y is 0.

    Kolassa & Schütz, "Advantages of the MAD/Mean ratio over the MAPE", Foresight 6, 2007.
    """
    total = float(actual.abs().sum())
    return float((actual - forecast).abs().sum()) / total if total else float("nan")


def naive_scale(sales: pd.Series[float]) -> float:
    """Mean absolute error of seasonal naive inside the history: the yardstick of the mean absolute scaled error."""
    return float(sales.diff(SEASON).abs().mean())


def mase(actual: pd.Series[float], forecast: pd.Series[float], scale: float) -> float:
    """Mean absolute scaled error, mean |y - f| / scale; NaN when the scale is 0.

    Hyndman & Koehler, "Another look at measures of forecast accuracy", Int. J. of Forecasting 22, 2006.
    """
    return float((actual - forecast).abs().mean()) / scale if scale else float("nan")


def seasonal_naive(history: pd.DataFrame, *, weeks: int) -> pd.DataFrame:
    """Return `series`, `week` and `naive` for the weeks after the history: the sales of the same week in its last season."""
    week = pd.Timedelta(weeks=1)
    cutoff = history["week"].max()
    last = history[history["week"] > cutoff - SEASON * week]
    seasons = [last.assign(week=last["week"] + SEASON * number * week) for number in range(1, -(-weeks // SEASON) + 1)]
    ahead = pd.concat(seasons).rename(columns={"sales": "naive"})
    asked: pd.DataFrame = ahead[ahead["week"] <= cutoff + weeks * week]
    return asked[["series", "week", "naive"]].reset_index(drop=True)


def measure(forecasts: pd.DataFrame, actuals: pd.DataFrame, history: pd.DataFrame, levels: Sequence[int]) -> pd.DataFrame:
    """Return the rows of the accuracy table: one per series, and one for all.

    The WAPE of all is computed on the pooled weeks; the MASE of all is the mean of the series that have one.
    """
    known = forecasts.merge(actuals, on=["series", "week"], validate="one_to_one")
    scales = history.sort_values("week").groupby("series")["sales"].agg(naive_scale)
    rows = [_row(str(series), part, float(scales[series]), levels) for series, part in known.groupby("series")]
    single = pd.DataFrame(rows)
    whole = {**_row(ALL, known, float("nan"), levels), "model": "selected", "weeks": int(known["week"].nunique())}
    whole |= {name: float(single[name].mean()) for name in ("mase", "naive_mase")}
    return pd.DataFrame([*rows, whole])


def _row(series: str, part: pd.DataFrame, scale: float, levels: Sequence[int]) -> dict[str, str | int | float]:
    actual = part["sales"]
    row: dict[str, str | int | float] = {
        "series": series,
        "model": str(part["model"].iloc[0]),
        "weeks": len(part),
        "wape": wape(actual, part["mean"]),
        "naive_wape": wape(actual, part["naive"]),
        "mase": mase(actual, part["mean"], scale),
        "naive_mase": mase(actual, part["naive"], scale),
    }
    for level in levels:
        row[f"coverage_{level}"] = float(actual.between(part[f"lower_{level}"], part[f"upper_{level}"]).mean())
    return row


def overall(accuracy: pd.DataFrame) -> dict[str, float]:
    """Return the existing metrics of all series together; none without a holdout."""
    if accuracy.empty:
        return {}
    row = accuracy[accuracy["series"] == ALL].iloc[0].drop(["series", "model"])
    return {str(name): float(value) for name, value in row.items() if pd.notna(value)}


def summary(accuracy: pd.DataFrame) -> str:
    """Return one sentence that compares the selected models with seasonal naive on the held-out weeks."""
    if accuracy.empty:
        return (
            "This run has no holdout, so it measured nothing. The platform measures the accuracy of a candidate after the run, "
            "on newer sales that no candidate can read."
        )
    row = accuracy[accuracy["series"] == ALL].iloc[0]
    ours, naive, weeks = float(row["wape"]), float(row["naive_wape"]), int(row["weeks"])
    if np.isnan(ours):
        return f"Nothing was sold in the {weeks} held-out weeks, so there is no relative error."
    metrics = f"WAPE {ours:.1%} against {naive:.1%} on {weeks} held-out weeks"
    if ours == naive:
        return f"The selected models are exactly as good as seasonal naive: {metrics}."
    if ours < naive:
        return f"The selected models are better than seasonal naive: {metrics}."
    return f"The selected models are WORSE than seasonal naive: {metrics}. Do not prefer them without a reason."
