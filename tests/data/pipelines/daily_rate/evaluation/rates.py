"""Conversion rates: orders per visitor, by day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from groundwork.sdk.platform import Warehouse

WEEK = pd.Timedelta(weeks=1)
_QUERY = "SELECT visits.day AS day, visits.orders / visits.visitors AS rate FROM visits ORDER BY day"


def measured_rates(warehouse: Warehouse, raw: str) -> pd.Series[float]:
    """Return the rate of each day in the table `visits` of the dataset `raw`."""
    rows = warehouse.query(_QUERY, tables={"visits": f"{raw}.visits"})
    return pd.Series(rows["rate"].to_numpy(dtype=float), index=pd.DatetimeIndex(rows["day"]))


def expected_rates(history: pd.Series[float], *, days: int, weeks: int) -> pd.Series[float]:
    """Return the rates of the days after the history: for each weekday its mean in the last weeks."""
    last = history[history.index > history.index.max() - weeks * WEEK]
    means = last.groupby(pd.DatetimeIndex(last.index).weekday).mean()
    ahead = pd.date_range(history.index.max() + pd.Timedelta(days=1), periods=days)
    return pd.Series(means.loc[ahead.weekday].to_numpy(), index=ahead)
