"""The requirements for sales before they are forecast, and for forecasts before they are stored.

All checks run before anything is refused; the one error names each fault with its series and weeks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from groundwork.sdk.platform import GroundworkError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


WEEK = pd.Timedelta(weeks=1)
_SHOWN = 5
"""Rows that an error names for each fault; the others are counted."""


def check_history(history: pd.DataFrame, *, needed: int) -> pd.DataFrame:
    """Return the sales in order, or raise GroundworkError naming the series and weeks that cannot be forecast.

    Each series must have `needed` weeks. Nothing is filled in, netted out or dropped: the client defines the meaning of a gap or
    a return, in `evaluation/queries/history.sql`.
    """
    if history.empty:
        raise GroundworkError(
            "sales-missing",
            "there are no sales to forecast from",
            "load sales, or set `holdout.weeks` to fewer weeks than are loaded",
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
    hint = "correct the sales and load them again, or handle such rows in `evaluation/queries/history.sql`"
    return _validated(schema, ordered, "sales-invalid", "sales", hint)


def check_actuals(actuals: pd.DataFrame, *, expected: pd.DataFrame) -> pd.DataFrame:
    """Return the sales of exactly the expected `series` and `week`; GroundworkError names the missing and the repeated rows."""
    cast = actuals.astype({"week": "datetime64[ns]", "sales": "float64"})
    matched = expected[["series", "week"]].merge(cast, on=["series", "week"], how="left")
    checks = [pa.Check(lambda f: ~f.duplicated(["series", "week"], keep=False), error="the week is there more than once")]
    amount = pa.Column(float, pa.Check(np.isfinite, error="sales are infinite"))
    schema = pa.DataFrameSchema({"series": pa.Column(str), "week": pa.Column("datetime64[ns]"), "sales": amount}, checks=checks)
    return _validated(
        schema, matched, "holdout-invalid", "held-out sales", "correct the sales and load them again, or change `holdout.weeks`"
    )


def check_forecasts(
    forecasts: pd.DataFrame, *, series: Iterable[str], cutoff: pd.Timestamp, weeks: int, levels: Sequence[int]
) -> pd.DataFrame:
    """Return the forecasts if each series has each week once, finite, not negative, intervals in order; else GroundworkError."""
    faults = forecast_faults(forecasts, series=series, cutoff=cutoff, weeks=weeks, levels=levels)
    if faults:
        hint = "correct the model or the pipeline; the data are valid, and nothing was stored"
        raise GroundworkError("forecasts-invalid", f"forecasts: {'; '.join(faults)}", hint)
    return forecasts


def forecast_faults(
    forecasts: pd.DataFrame, *, series: Iterable[str], cutoff: pd.Timestamp, weeks: int, levels: Sequence[int]
) -> list[str]:
    """Return the faults of forecasts of the `weeks` weeks after the cutoff, each with its series and weeks."""
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
    forecast = pd.MultiIndex.from_frame(forecasts[["series", "week"]])
    wrong = {
        "missing": due.difference(forecast),
        "forecast twice": forecast[forecast.duplicated()],
        "not requested": forecast.difference(due),
    }
    return [f"{fault}: {_names(list(rows))}" for fault, rows in wrong.items() if len(rows)]


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


def _validated(schema: pa.DataFrameSchema, frame: pd.DataFrame, code: str, name: str, hint: str) -> pd.DataFrame:
    try:
        return schema.validate(frame, lazy=True)
    except SchemaErrors as error:
        raise GroundworkError(code, f"{name}: {'; '.join(_faults(frame, error.failure_cases))}", hint) from error


def _faults(frame: pd.DataFrame, cases: pd.DataFrame) -> list[str]:
    """Return each failed check with the rows it failed on; a check of the whole frame, such as of its columns, has none."""
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
