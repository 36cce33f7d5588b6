"""The platform's evaluation of a candidate's forecasts, from the platform's release and never from a candidate's commit.

All metrics are computed from the stored forecasts and from sales that the candidate never had. The candidate's own table of
accuracy, metrics and report are not used.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from groundwork.sdk.evaluation import Evaluation, Metric
from groundwork.sdk.platform import Absent, Conflict
from pipelines.forecasting.evaluation.charts import ChartData, accuracy_blocks, charts
from pipelines.forecasting.evaluation.checks import WEEK, forecast_faults
from pipelines.forecasting.evaluation.constants import SEASON, stored_levels
from pipelines.forecasting.evaluation.measures import measure, overall, seasonal_naive
from pipelines.forecasting.evaluation.retrieval import retrieve_actuals, retrieve_history

if TYPE_CHECKING:
    from collections.abc import Mapping

    from groundwork.sdk.evaluation import Case, ChampionResults
    from groundwork.sdk.platform import Warehouse

TABLES = ("forecasts",)
"""The evaluated tables, which a release writes. `accuracy` is a run's own measurement and not among them."""

_QUERY = (Path(__file__).parent / "queries" / "stored.sql").read_text()
_MOST = 1e15
"""No weekly sales are larger; the sum of larger errors would overflow."""
_LENGTHS = {"series": 200, "model": 60}
"""Characters kept of a name."""
_COVERAGE = "coverage_"


@dataclass(frozen=True, kw_only=True)
class _Past:
    """The sales, as the platform itself reads them."""

    history: pd.DataFrame
    held_out: int
    actuals: pd.DataFrame | None
    """`series week sales` of the held-out weeks; None without a holdout."""

    @property
    def cutoff(self) -> pd.Timestamp:
        return pd.Timestamp(self.history["week"].max())


def evaluate(case: Case) -> Evaluation:
    """Return metrics, problems and charts of a candidate's forecasts; raises GroundworkError only for faults of the sales."""
    past = _past(case)
    forecasts = _shaped(case.candidate.table("forecasts"))
    weeks = max(past.held_out, min(forecasts["week"].nunique(), SEASON))
    if problems := _problems(forecasts, past, weeks):
        return Evaluation.of_problems(problems)
    levels = _levels(forecasts)
    naive = seasonal_naive(past.history, weeks=weeks)
    champion = _champion(case, past, naive)
    data = ChartData(
        history=past.history,
        actuals=past.actuals,
        forecasts=forecasts,
        naive=naive,
        champion=champion,
        level=max(levels, default=None),
    )
    if past.actuals is None:
        return Evaluation(metrics=(), problems=(), blocks=tuple(charts(data, _by_size(past.history))))
    measured = _measured(forecasts, past.actuals, past.history, naive)
    of_champion = None if champion is None else _measured(champion, past.actuals, past.history, naive)
    order = list(measured[measured["series"] != "all"].sort_values("naive_wape")["series"])
    return Evaluation(
        baseline_name="seasonal naive",
        metrics=_metrics(overall(measured), {} if of_champion is None else overall(of_champion)),
        problems=(),
        blocks=(*accuracy_blocks(measured, of_champion), *charts(data, order)),
    )


def _past(case: Case) -> _Past:
    sales = f"{case.raw}.sales"
    history = retrieve_history(case.warehouse, sales, holdout_weeks=case.holdout_weeks, needed=SEASON)
    actuals = None
    if case.holdout_weeks:
        weeks = [history["week"].max() + WEEK * step for step in range(1, case.holdout_weeks + 1)]
        due = pd.MultiIndex.from_product([list(history["series"].unique()), weeks], names=["series", "week"]).to_frame(
            index=False
        )
        actuals = retrieve_actuals(case.warehouse, sales, expected=due)
    return _Past(history=history, held_out=case.holdout_weeks, actuals=actuals)


def _stored(warehouse: Warehouse, stored: ChampionResults) -> pd.DataFrame:
    """Return the forecasts of one of the environment's own runs."""
    return _shaped(warehouse.query(_QUERY, tables={"stored": f"{stored.dataset}.forecasts"}, parameters={"run": stored.run}))


def _shaped(rows: pd.DataFrame) -> pd.DataFrame:
    """Return forecasts with the types that the checks expect; a value that cannot be converted becomes one that they refuse."""
    amounts = [name for name in rows.columns if name.startswith(("mean", "lower_", "upper_"))]
    text = {name: rows[name].fillna("").astype(str).str.slice(0, most) for name, most in _LENGTHS.items()}
    week = pd.to_datetime(rows["week"].astype(str), format="%Y-%m-%d", errors="coerce").astype("datetime64[ns]")
    numbers = {name: pd.to_numeric(rows[name], errors="coerce").astype("float64") for name in amounts}
    step = pd.to_numeric(rows["step"], errors="coerce").fillna(0).clip(0, SEASON * 100).astype("int64")
    return pd.DataFrame({**text, "week": week, "step": step, **numbers}).sort_values(["series", "week"], ignore_index=True)


def _problems(forecasts: pd.DataFrame, past: _Past, weeks: int) -> list[str]:
    if forecasts.empty:
        return ["The run stored no forecasts."]
    levels = _levels(forecasts)
    ends = [f"{end}_{level}" for level in levels for end in ("lower", "upper")]
    checked = forecasts[["series", "week", "step", "model", "mean", *ends]].assign(naive=0.0)
    faults = forecast_faults(checked, series=past.history["series"].unique(), cutoff=past.cutoff, weeks=weeks, levels=levels)
    if (forecasts[["mean", *ends]] > _MOST).any(axis=None):
        faults.append(f"a value is above {_MOST:g}")
    problems = [f"Forecasts: {fault}." for fault in faults]
    if problems and forecasts["week"].nunique() < past.held_out:
        problems.append(f"All {past.held_out} held-out weeks have to be forecast: the horizon must be at least that.")
    return problems


def _levels(forecasts: pd.DataFrame) -> tuple[int, ...]:
    """Return the requested levels: the columns of any other level are empty."""
    return tuple(level for level in stored_levels() if forecasts[[f"lower_{level}", f"upper_{level}"]].notna().any(axis=None))


def _champion(case: Case, past: _Past, naive: pd.DataFrame) -> pd.DataFrame | None:
    """Return the champion's forecasts of the same weeks, or None if any is missing."""
    if case.champion is None:
        return None
    try:
        stored = _stored(case.warehouse, case.champion)
    except (Absent, Conflict):
        return None
    weeks = naive if past.actuals is None else past.actuals
    covered = weeks[["series", "week"]].merge(stored, on=["series", "week"], how="left")
    whole = len(covered) == len(weeks) and np.isfinite(covered["mean"]).all() and covered["mean"].between(0, _MOST).all()
    return covered if whole else None


def _measured(forecasts: pd.DataFrame, actuals: pd.DataFrame, history: pd.DataFrame, naive: pd.DataFrame) -> pd.DataFrame:
    known = forecasts[forecasts["week"] <= actuals["week"].max()].merge(naive, on=["series", "week"])
    return measure(known, actuals, history, _levels(forecasts))


def _metrics(ours: Mapping[str, float], champions: Mapping[str, float]) -> tuple[Metric, ...]:
    metrics = [
        Metric(
            name=name, title=title, better="lower", share=share,
            candidate=ours[name], baseline=ours.get(f"naive_{name}"), champion=champions.get(name),
        )
        for name, title, share in (("wape", "WAPE", True), ("mase", "MASE", False))
        if name in ours
    ]  # fmt: skip
    metrics += [
        Metric(
            name=name, title=f"Coverage of the {name.removeprefix(_COVERAGE)} % interval", better="higher", share=True,
            candidate=ours[name], baseline=None, champion=champions.get(name),
        )
        for name in sorted(ours)
        if name.startswith(_COVERAGE)
    ]  # fmt: skip
    return tuple(metrics)


def _by_size(history: pd.DataFrame) -> list[str]:
    return [str(name) for name in history.groupby("series")["sales"].sum().sort_values(ascending=False).index]
