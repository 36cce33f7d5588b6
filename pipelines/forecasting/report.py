"""What a run shows of itself to whoever reviews it: data, which the platform renders. Nothing in it counts for the gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groundwork.sdk.report_blocks import Block, Report, Table, Text
from pipelines.forecasting.evaluation.charts import Shown, charts

if TYPE_CHECKING:
    import fsspec  # type: ignore[import-untyped]  # fsspec has no types
    import pandas as pd

    from groundwork.contract.deployment import Deployment
    from pipelines.forecasting.parameters import Parameters

_DRAWN = 3
_ROWS = 200
_NAME = 80


def own_report(parameters: Parameters, history: pd.DataFrame, forecasts: pd.DataFrame, selection: pd.DataFrame) -> Report:
    """Return the parameters, the model that the backtest chose for each series, and the largest series' forecasts."""
    totals = history.groupby("series")["sales"].sum().sort_values(ascending=False)
    chosen = selection.set_index("series").reindex(totals.index)
    rows = tuple(
        (str(name)[:_NAME], str(row["model"]), round(float(row["mae"]), 2)) for name, row in chosen.head(_ROWS).iterrows()
    )
    left = len(chosen) - len(rows)
    blocks: list[Block] = [
        Table(
            title="Parameters",
            columns=("parameter", "value"),
            rows=tuple((name, _text(value)) for name, value in parameters.to_struct().items()),
        ),
        Table(title="Model of each series, by the backtest", columns=("series", "model", "mean absolute error"), rows=rows),
    ]
    if left:
        blocks.append(Text(title="More series", text=f"{left} smaller series are not listed."))
    shown = Shown(history=history, forecasts=forecasts, level=max(parameters.levels), candidate="forecast")
    return Report(blocks=(*blocks, *charts(shown, [str(name) for name in totals.head(_DRAWN).index])))


def write_report(objects: fsspec.AbstractFileSystem, deployment: Deployment, run: str, report: Report) -> str:
    """Keep a run's report beside its artifacts, and return where."""
    kept = f"{deployment.artifacts}/runs/{run}/report.json"
    with objects.open(kept, "wb") as file:
        file.write(report.model_dump_json().encode())
    return kept


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
