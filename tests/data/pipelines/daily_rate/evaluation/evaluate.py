"""The evaluation of a candidate's expected rates against those of the holdout; the baseline is the week before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pipelines.daily_rate.evaluation.rates import WEEK, expected_rates, measured_rates

from groundwork.sdk.evaluation import Evaluation, Metric
from groundwork.sdk.report_blocks import Chart, Line

if TYPE_CHECKING:
    from groundwork.sdk.evaluation import Case

TABLES = ("rates",)
_CLOSE = 0.1
"""A rate is close if it is off by at most this share of the measured one."""


def evaluate(case: Case) -> Evaluation:
    """Return the mean error of the rates, and the share of days on which they are close."""
    measured = measured_rates(case.warehouse, case.raw)
    cutoff = measured.index.max() - case.holdout_weeks * WEEK
    history, actual = measured[measured.index <= cutoff], measured[measured.index > cutoff]
    ours = _by_day(case.candidate.table("rates"))
    days = {f"{day:%Y-%m-%d}" for day in actual.index.difference(ours.index)}
    if days or ours.index.has_duplicates or not ours.between(0, 1).all():
        return Evaluation.of_problems([f"Each day needs one rate from 0 to 1; missing are {', '.join(sorted(days)) or 'none'}."])
    others = {
        "baseline": expected_rates(history, days=len(actual), weeks=1),
        "champion": _champion(case, actual.index),
    }
    return Evaluation(
        baseline_name="last week",
        metrics=(
            Metric(name="mae", title="Mean error", better="lower", share=False, candidate=_error(ours, actual),
                   **{name: None if rates is None else _error(rates, actual) for name, rates in others.items()}),
            Metric(name="close", title="Close days", better="higher", share=True, candidate=_closeness(ours, actual),
                   **{name: None if rates is None else _closeness(rates, actual) for name, rates in others.items()}),
        ),
        problems=(),
        blocks=(
            Chart(
                title="Conversion rate",
                x=tuple(f"{day:%Y-%m-%d}" for day in actual.index),
                lines=(Line(name="measured", y=tuple(actual)), Line(name="candidate", y=tuple(ours.loc[actual.index]))),
                unit="orders per visitor",
            ),
        ),
    )  # fmt: skip


def _by_day(rows: pd.DataFrame) -> pd.Series[float]:
    return pd.Series(rows["rate"].to_numpy(dtype=float), index=pd.DatetimeIndex(rows["day"]))


def _champion(case: Case, days: pd.Index[pd.Timestamp]) -> pd.Series[float] | None:
    """Return the champion's rates, or None if it has none for one of the days."""
    if case.champion is None:
        return None
    query = "SELECT stored.day AS day, stored.rate AS rate FROM stored WHERE stored.batch = @run"
    tables, parameters = {"stored": f"{case.champion.dataset}.rates"}, {"run": case.champion.run}
    rates = _by_day(case.warehouse.query(query, tables=tables, parameters=parameters))
    return rates if days.isin(rates.index).all() else None


def _error(rates: pd.Series[float], actual: pd.Series[float]) -> float:
    return float(_distances(rates, actual).mean())


def _closeness(rates: pd.Series[float], actual: pd.Series[float]) -> float:
    return float((_distances(rates, actual) <= _CLOSE * actual.to_numpy()).mean())


def _distances(rates: pd.Series[float], actual: pd.Series[float]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.abs(rates.loc[actual.index].to_numpy() - actual.to_numpy())
