"""A run's own report for reviewers: data, which the platform renders. The gate does not use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groundwork.sdk.report_blocks import Block, Report, Table, Text
from pipelines.forecasting.evaluation.charts import ChartData, charts

if TYPE_CHECKING:
    import pandas as pd

    from pipelines.forecasting.parameters import Parameters

_DRAWN = 3
_ROWS = 200
_NAME = 80


def own_report(parameters: Parameters, history: pd.DataFrame, forecasts: pd.DataFrame, selection: pd.DataFrame) -> Report:
    """Return the parameters, the model of each series, and the forecasts of the largest series."""
    totals = history.groupby("series")["sales"].sum().sort_values(ascending=False)
    chosen = selection.set_index("series").reindex(totals.index)
    rows = tuple(
        (str(name)[:_NAME], str(row["model"]), round(float(row["mae"]), 2)) for name, row in chosen.head(_ROWS).iterrows()
    )
    rest = len(chosen) - len(rows)
    blocks: list[Block] = [
        Table(
            title="Parameters",
            columns=("parameter", "value"),
            rows=tuple((name, _text(value)) for name, value in parameters.to_struct().items()),
        ),
        Table(title="Model of each series, by the backtest", columns=("series", "model", "mean absolute error"), rows=rows),
    ]
    if rest:
        blocks.append(Text(title="More series", text=f"{rest} smaller series are not listed."))
    data = ChartData(history=history, forecasts=forecasts, level=max(parameters.levels), label="forecast")
    return Report(blocks=(*blocks, *charts(data, [str(name) for name in totals.head(_DRAWN).index])))


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
