"""Forecasts as blocks of a report: a chart for each series, and a table of errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from groundwork.sdk.report_blocks import Chart, Line, Table, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from groundwork.sdk.report_blocks import Block

RECENT = 30
"""Weeks of history at the start of a chart."""
_CHARTS = 20
_ROWS = 200
_AHEAD = 104
_NAME = 80
_NONE = float("nan")


@dataclass(frozen=True, kw_only=True)
class ChartData:
    """The data of the charts: frames of `series`, `week` and their own columns."""

    history: pd.DataFrame
    forecasts: pd.DataFrame
    """`mean`, and the ends of the interval of `level`."""
    level: int | None
    actuals: pd.DataFrame | None = None
    naive: pd.DataFrame | None = None
    champion: pd.DataFrame | None = None
    label: str = "candidate"
    """Name of the forecasts' line."""


def charts(data: ChartData, order: Sequence[str]) -> Iterator[Block]:
    """Yield a chart for each series, up to 20, and the number of the others."""
    for name in order[:_CHARTS]:
        yield _chart(data, name)
    if len(order) > _CHARTS:
        rest = len(order) - _CHARTS
        yield Text(title="More series", text=f"{rest} more series are not drawn; they are evaluated and stored like these.")


def accuracy_blocks(measured: pd.DataFrame, champions: pd.DataFrame | None) -> Iterator[Block]:
    """Yield the table of errors by series, compared with seasonal naive and the champion."""
    of_champion = {} if champions is None else dict(zip(champions["series"], champions["wape"], strict=True))
    coverages = [str(name) for name in measured.columns if str(name).startswith("coverage_")]
    rows = measured.to_dict("records")
    shown = [*rows[-1:], *rows[:-1][: _ROWS - 1]]
    yield Table(
        title="Errors on the held-out weeks, in per cent; MASE as a ratio",
        columns=(
            "series", "model", "weeks", "WAPE", "WAPE of seasonal naive", "WAPE of champion", "MASE", "MASE of seasonal naive",
            *(f"in {name.removeprefix('coverage_')} %" for name in coverages),
        ),
        rows=tuple(
            (
                str(row["series"])[:_NAME], str(row["model"])[:_NAME], int(row["weeks"]),
                *(_rounded(100 * value, 1) for value in (row["wape"], row["naive_wape"], of_champion.get(row["series"], _NONE))),
                _rounded(row["mase"], 2), _rounded(row["naive_mase"], 2),
                *(_rounded(100 * row[name], 1) for name in coverages),
            )
            for row in shown
        ),
    )  # fmt: skip
    if len(rows) > _ROWS:
        yield Text(title="More rows", text=f"The table shows {_ROWS} of {len(rows)} rows; the metrics are of all series.")


def _chart(data: ChartData, name: str) -> Chart:
    past = _of(data.history, name, "sales").tail(RECENT)
    ahead = _of(data.forecasts, name, "mean").head(_AHEAD)
    known = past if data.actuals is None else pd.concat([past, _of(data.actuals, name, "sales")])
    weeks = past.index.union(ahead.index)
    lines = [_line("sales", known, weeks), _line(data.label, ahead, weeks)]
    if data.champion is not None:
        lines.append(_line("champion", _of(data.champion, name, "mean"), weeks))
    if data.naive is not None:
        lines.append(_line("seasonal naive", _of(data.naive, name, "naive"), weeks))
    return Chart(
        title=f"Series {name[:_NAME]}",
        x=tuple(f"{week:%Y-%m-%d}" for week in weeks),
        lines=tuple(lines),
        band=None if data.level is None else _band(data, name, weeks),
        unit="sales a week",
    )


def _band(data: ChartData, name: str, weeks: pd.Index[pd.Timestamp]) -> tuple[Line, Line]:
    lower, upper = (_line(f"{end} end of {data.level} %", _of(data.forecasts, name, f"{end}_{data.level}"), weeks)
                    for end in ("lower", "upper"))  # fmt: skip
    return lower, upper


def _of(frame: pd.DataFrame, series: str, column: str) -> pd.Series[float]:
    return frame[frame["series"] == series].set_index("week")[column].sort_index()


def _line(name: str, values: pd.Series[float], weeks: pd.Index[pd.Timestamp]) -> Line:
    return Line(name=name, y=tuple(_rounded(value, 2) for value in values.reindex(weeks)))


def _rounded(value: float, digits: int) -> float | None:
    return None if pd.isna(value) else round(float(value), digits)
