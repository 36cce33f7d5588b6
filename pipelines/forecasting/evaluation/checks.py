"""What sales must be before they are forecast, and what forecasts must be before they are stored.

Everything is looked at before anything is refused; the one error names each fault with its series and weeks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from groundwork.errors import GroundworkError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


WEEK = pd.Timedelta(weeks=1)
_SHOWN = 5
"""Rows that an error names for each fault; the rest are counted."""


def check_history(history: pd.DataFrame, *, needed: int) -> pd.DataFrame:
    """Return the sales in order, or raise GroundworkError naming the series and weeks that cannot be forecast.

    `needed` is how many weeks each series must have. Nothing is filled in, netted out or dropped: what a gap or a return means
    is for the client to say, in `evaluation/queries/history.sql`.
    """
    if history.empty:
        raise GroundworkError(
            "no-sales", "there are no sales to forecast from", "load the sales first, or hold out fewer weeks than there are"
        )
    ordered = history.astype({"week": "datetime64[ns]", "sales": "float64"}).sort_values(["series", "week"], ignore_index=True)
    checks = [
        pa.Check(lambda f: ~f.duplicated(["series", "week"], keep=False), error="the week is there more than once"),
        pa.Check(_follows, error="weeks are missing before"),
        pa.Check(_ends_with_the_others, error="the series ends early, with"),
        pa.Check(lambda f: _long_enough(f, needed), error=f"the series has too few weeks ({needed} are needed) up to"),
    ]
    amount = pa.Column(float, [pa.Check(np.isfinite, error="sales are infinite"), pa.Check.ge(0, error="sales are negative")])
    schema = pa.DataFrameSchema({"series": pa.Column(str), "week": pa.Column("datetime64[ns]"), "sales": amount}, checks=checks)
    hint = "put the sales right and load them again, or say in `evaluation/queries/history.sql` what is meant"
    return _validated(schema, ordered, "sales", hint)


def check_actuals(actuals: pd.DataFrame, *, expected: pd.DataFrame) -> pd.DataFrame:
    """Return the sales of exactly the expected `series` and `week`; GroundworkError names what is missing or there twice."""
    cast = actuals.astype({"week": "datetime64[ns]", "sales": "float64"})
    found = expected[["series", "week"]].merge(cast, on=["series", "week"], how="left")
    checks = [pa.Check(lambda f: ~f.duplicated(["series", "week"], keep=False), error="the week is there more than once")]
    amount = pa.Column(float, pa.Check(np.isfinite, error="sales are infinite"))
    schema = pa.DataFrameSchema({"series": pa.Column(str), "week": pa.Column("datetime64[ns]"), "sales": amount}, checks=checks)
    return _validated(schema, found, "held-out sales", "put the sales right and load them again, or hold out other weeks")


def check_forecasts(
    forecasts: pd.DataFrame, *, series: Iterable[str], cutoff: pd.Timestamp, weeks: int, levels: Sequence[int]
) -> pd.DataFrame:
    """Return the forecasts if each series has each week once, finite, not negative, intervals in order; else GroundworkError."""
    faults = forecast_faults(forecasts, series=series, cutoff=cutoff, weeks=weeks, levels=levels)
    if faults:
        hint = "this is a fault of a model or of the pipeline, not of the data: nothing was stored"
        raise GroundworkError("bad-forecasts", f"forecasts: {'; '.join(faults)}", hint)
    return forecasts


def forecast_faults(
    forecasts: pd.DataFrame, *, series: Iterable[str], cutoff: pd.Timestamp, weeks: int, levels: Sequence[int]
) -> list[str]:
    """Return what is wrong with forecasts of the `weeks` weeks after the cutoff: each fault with its series and weeks."""
    ends = [
        *(f"lower_{level}" for level in sorted(levels, reverse=True)),
        "mean",
        *(f"upper_{level}" for level in sorted(levels)),
    ]
    amount = [pa.Check(np.isfinite, error="not finite"), pa.Check.ge(0, error="negative")]
    columns = {name: pa.Column(float, amount) for name in [*ends, "naive"]}
    columns |= {"series": pa.Column(str), "week": pa.Column("datetime64[ns]"), "model": pa.Column(str), "step": pa.Column(int)}
    checks = [
        pa.Check(lambda f: (f[ends].diff(axis=1).iloc[:, 1:] >= 0).all(axis=1), error="the interval is not in order"),
        pa.Check(lambda f: (f["week"] - cutoff) / WEEK == f["step"], error="the step is not the week's"),
    ]
    try:
        pa.DataFrameSchema(columns, checks=checks, strict=True).validate(forecasts, lazy=True)
    except SchemaErrors as error:
        return _faults(forecasts, error.failure_cases)
    due = pd.MultiIndex.from_product([sorted(series), [cutoff + WEEK * step for step in range(1, weeks + 1)]])
    made = pd.MultiIndex.from_frame(forecasts[["series", "week"]])
    wrong = {"missing": due.difference(made), "made twice": made[made.duplicated()], "not asked for": made.difference(due)}
    return [f"{what}: {_names(list(rows))}" for what, rows in wrong.items() if len(rows)]


def _follows(frame: pd.DataFrame) -> pd.Series[bool]:
    gap = frame.groupby("series")["week"].diff()
    return gap.isna() | gap.isin([pd.Timedelta(0), WEEK])


def _last_rows(frame: pd.DataFrame) -> pd.Series[bool]:
    return ~frame["series"].duplicated(keep="last")


def _ends_with_the_others(frame: pd.DataFrame) -> pd.Series[bool]:
    last: pd.Series[bool] = ~_last_rows(frame) | (frame["week"] == frame["week"].max())
    return last


def _long_enough(frame: pd.DataFrame, needed: int) -> pd.Series[bool]:
    return ~_last_rows(frame) | (frame.groupby("series")["week"].transform("nunique") >= needed)


def _validated(schema: pa.DataFrameSchema, frame: pd.DataFrame, what: str, hint: str) -> pd.DataFrame:
    try:
        return schema.validate(frame, lazy=True)
    except SchemaErrors as error:
        raise GroundworkError(
            f"bad-{what.replace(' ', '-')}", f"{what}: {'; '.join(_faults(frame, error.failure_cases))}", hint
        ) from error


def _faults(frame: pd.DataFrame, cases: pd.DataFrame) -> list[str]:
    """Return each failed check with the rows it failed on; a check on the whole frame, such as of its columns, has none."""
    texts = []
    for (check, column), failed in cases.groupby(["check", "column"], sort=False, dropna=False):
        where = sorted({int(index) for index in failed["index"].dropna()})
        label = {"not_nullable": f"{column} are missing"}.get(str(check), str(check))
        if not where:
            label = f"{label}: {', '.join(map(str, failed['failure_case']))}"
        rows = [(str(frame["series"].iloc[index]), frame["week"].iloc[index]) for index in where]
        texts.append(f"{label}: {_names(rows)}" if rows else label)
    return list(dict.fromkeys(texts))


def _names(rows: Sequence[tuple[str, pd.Timestamp]]) -> str:
    rows = list(dict.fromkeys(rows))
    shown = ", ".join(f"{series} {week:%Y-%m-%d}" if pd.notna(week) else str(series) for series, week in rows[:_SHOWN])
    return shown if len(rows) <= _SHOWN else f"{shown} and {len(rows) - _SHOWN} more"
