"""What the platform finds in a candidate's stored forecasts: hostile data, measured on sales that the candidate never had."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from groundwork.errors import GroundworkError
from groundwork.factory.artifacts import TABLE_BYTES, TABLE_ROWS, frame
from groundwork.factory.gate import evaluated, evaluation_for
from groundwork.ports.errors import Conflict
from groundwork.sdk.evaluation import CandidateResults, Case, ChampionResults, Evaluation
from groundwork.sdk.report_blocks import Chart, Report, Table
from pipelines.forecasting.evaluation.checks import check_history
from pipelines.forecasting.evaluation.evaluate import evaluate
from pipelines.forecasting.evaluation.measures import seasonal_naive
from pipelines.forecasting.forecasting import Forecasts, make_forecasts
from pipelines.forecasting.parameters import Parameters
from pipelines.forecasting.storage import store_results
from tests.helpers.hostile_strings import NASTIES

FIRST = date(2012, 8, 10)
"""The first of the sample's last 12 weeks."""
NOTHING = pd.DataFrame()


@pytest.fixture(scope="module")
def history(sample: pd.DataFrame) -> pd.DataFrame:
    known = sample[sample["Date"] < FIRST].rename(columns={"id": "series", "Date": "week", "Weekly_Sales": "sales"})
    return check_history(known[["series", "week", "sales"]], needed=1)


@pytest.fixture(scope="module")
def made(history: pd.DataFrame) -> Forecasts:
    return make_forecasts(history, Parameters(horizon=12, models=("seasonal_average", "theta")), weeks=12)


@pytest.fixture(scope="module")
def place(place_of: Callable[..., Any], sample: pd.DataFrame) -> Any:
    place = place_of()
    place.load(sample)
    return place


def case(place: Any, run: str, *, champion: str | None = None, holdout_weeks: int = 12) -> Case:
    dataset = place.deployment.dataset
    return Case(
        warehouse=place.platform.warehouse,
        raw=place.deployment.raw,
        holdout_weeks=holdout_weeks,
        candidate=CandidateResults(run=run, tables={table: copy(place, table, run) for table in evaluated("forecasting")}),
        champion=ChampionResults(dataset=dataset, run=champion) if champion else None,
    )


def copy(place: Any, table: str, run: str) -> pd.DataFrame:
    """Return what the factory's copy of a run's rows has."""
    name = f"{place.deployment.dataset}.{table}"
    return frame(place.platform.warehouse.export(name, batch=run, rows=TABLE_ROWS, size=TABLE_BYTES))


def store(place: Any, run: str, frame: pd.DataFrame, accuracy: pd.DataFrame = NOTHING) -> None:
    store_results(place.platform.warehouse, place.deployment.dataset, run=run, forecasts=frame, accuracy=accuracy)


def smuggle(place: Any, run: str, frame: pd.DataFrame) -> None:
    """Store rows past the warehouse and its checks of types, as one who writes the files could."""
    rows = frame.drop(columns="naive").assign(batch=run)
    if pd.api.types.is_datetime64_dtype(rows["week"]):
        rows = rows.assign(week=rows["week"].dt.date)
    table = place.root / "warehouse/northwind-ml-dev/forecasting/forecasts"
    pq.write_table(pa.Table.from_pandas(rows, preserve_index=False), table / f"{run}.parquet")


def metrics(evaluation: Evaluation) -> dict[str, tuple[float, float | None, float | None]]:
    return {metric.name: (metric.candidate, metric.baseline, metric.champion) for metric in evaluation.metrics}


def test_metrics_are_measured_on_the_sales_that_were_held_out(place: Any, made: Forecasts) -> None:
    store(place, "good", made.frame)
    evaluation = evaluation_for("forecasting", case(place, "good"))
    assert evaluation.problems == ()
    found = metrics(evaluation)
    assert list(found) == ["wape", "mase", "coverage_80", "coverage_95"]
    wape, naive, champion = found["wape"]
    assert naive is not None
    assert wape < naive
    assert (round(naive, 4), champion) == (0.0752, None)
    assert round(found["mase"][1] or 0, 2) == 1.67
    assert found["coverage_80"][0] <= found["coverage_95"][0]


def test_the_report_gets_a_chart_for_each_series_and_a_table_of_their_errors(place: Any, made: Forecasts) -> None:
    store(place, "shown", made.frame)
    store(place, "before", made.frame.assign(mean=made.frame["naive"], lower_80=0.0, lower_95=0.0, upper_80=1e6, upper_95=1e6))
    blocks = evaluate(case(place, "shown", champion="before")).blocks
    Report(blocks=blocks)
    drawn = [block for block in blocks if isinstance(block, Chart)]
    assert len(drawn) == 7
    assert [line.name for line in drawn[0].lines] == ["sales", "candidate", "champion", "seasonal naive"]
    assert (len(drawn[0].x), drawn[0].x[30]) == (42, "2012-08-10")
    assert drawn[0].band is not None
    assert drawn[0].lines[1].y[:30] == (None,) * 30
    (table,) = (block for block in blocks if isinstance(block, Table))
    assert table.rows[0][0] == "all"
    assert len(table.rows) == 8


def test_the_champion_is_measured_on_the_same_weeks(place: Any, made: Forecasts) -> None:
    store(place, "candidate", made.frame)
    found = metrics(evaluate(case(place, "candidate", champion="candidate")))
    assert all(ours == champion for ours, _, champion in found.values())


@pytest.mark.parametrize("champion", ["older", "never-ran"])
def test_a_champion_that_did_not_forecast_these_weeks_is_no_comparison(place: Any, made: Forecasts, champion: str) -> None:
    store(place, "newer", made.frame)
    store(place, "older", made.frame.assign(week=made.frame["week"] - pd.Timedelta(weeks=1)))
    assert metrics(evaluate(case(place, "newer", champion=champion)))["wape"][2] is None


def test_what_a_candidate_says_of_itself_changes_nothing(place: Any, made: Forecasts) -> None:
    """Neither its table of accuracy, nor a `naive` that it makes look bad, nor the name of its model."""
    forged = pd.DataFrame([{"series": "all", "model": "selected", "weeks": 12, "wape": 0.0, "naive_wape": 9.9,
                            "mase": 0.0, "naive_mase": 9.9, "coverage_80": 1.0, "coverage_95": 1.0}])  # fmt: skip
    store(place, "honest", made.frame)
    store(place, "forged", made.frame.assign(naive=1e9), forged)
    assert evaluate(case(place, "forged")) == evaluate(case(place, "honest"))


def test_the_platforms_seasonal_naive_is_statsforecasts(made: Forecasts, history: pd.DataFrame) -> None:
    ours = seasonal_naive(history, weeks=12).sort_values(["series", "week"], ignore_index=True)
    pd.testing.assert_frame_equal(ours, made.frame[["series", "week", "naive"]])
    assert seasonal_naive(history, weeks=60).groupby("series").size().eq(60).all()


def at_row_3(column: str, value: float) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda frame: frame.assign(**{column: frame[column].astype(object).where(frame.index != 3, value)}).infer_objects()


BAD: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "a week twice": (lambda f: pd.concat([f, f.iloc[[3]]]), "forecast twice: 1_1 2012-08-31"),
    "NaN": (at_row_3("mean", np.nan), "mean are missing: 1_1 2012-08-31"),
    "infinite": (at_row_3("upper_95", np.inf), "not finite: 1_1 2012-08-31"),
    "negative": (at_row_3("lower_95", -1.0), "negative: 1_1 2012-08-31"),
    "too much": (lambda f: f.assign(upper_80=1e300, upper_95=1e308), "a value is above 1e+15"),
    "no series": (lambda f: f[f["series"] != "1_95"], "missing: 1_95 2012-08-10"),
    "too few weeks": (lambda f: f[f["step"] <= 4], "All 12 held-out weeks have to be forecast"),
    "no such series": (lambda f: pd.concat([f, f.iloc[[3]].assign(series="9_9")]), "not requested: 9_9 2012-08-31"),
    "wrong step": (at_row_3("step", 9), "the step is not the week's: 1_1 2012-08-31"),
    "huge step": (at_row_3("step", 2**62), "the step is not the week's: 1_1 2012-08-31"),
    "crossing": (at_row_3("lower_80", 9e5), "the interval is not in order: 1_1 2012-08-31"),
    "half a level": (at_row_3("lower_80", np.nan), "lower_80 are missing: 1_1 2012-08-31"),
    "one end": (lambda f: f.assign(upper_80=np.nan), "upper_80 are missing"),
    "other weeks": (lambda f: f.assign(week=f["week"] + pd.Timedelta(days=1)), "the step is not the week's"),
    "far away": (lambda f: f.assign(week=date(9999, 12, 31)), "week are missing"),
    "no rows": (lambda f: f.head(0), "The run stored no forecasts."),
    "no names": (lambda f: f.assign(series=None), "missing: 1_1 2012-08-10"),
    "years of weeks": (
        lambda f: pd.concat([f.assign(week=f["week"] + pd.Timedelta(weeks=12 * n), step=f["step"] + 12 * n) for n in range(9)]),
        "not requested: 1_1 2013-08-09",
    ),
}


@pytest.mark.parametrize("fault", BAD)
def test_bad_forecasts_are_problems_in_plain_sentences_and_no_metrics(place: Any, made: Forecasts, fault: str) -> None:
    spoil, text = BAD[fault]
    run = fault.replace(" ", "-")
    smuggle(place, run, spoil(made.frame))
    evaluation = evaluate(case(place, run))
    assert text in " ".join(evaluation.problems)
    assert evaluation.metrics == ()
    assert evaluation.blocks == ()
    assert all("\n" not in problem and "Traceback" not in problem and len(problem) <= 600 for problem in evaluation.problems)


def test_names_of_strangers_do_no_harm(place: Any, made: Forecasts) -> None:
    names = [*(name for name in NASTIES if name.isascii() or name.isprintable()), "x" * 100_000, "\x1b[31m\x00red\n\u202e"]
    one = made.frame[made.frame["series"] == "1_1"]
    smuggle(place, "nasty", pd.concat([one.assign(series=name, model=name) for name in names]))
    problems = evaluate(case(place, "nasty")).problems
    assert any("missing: 1_1 2012-08-10" in problem for problem in problems)
    assert all("\x1b" not in problem and len(problem) <= 600 for problem in problems)


@pytest.mark.parametrize("spoiled", [{"mean": "lots"}, {"week": "soon"}])
def test_rows_that_are_not_as_their_table_is_declared_are_not_copied(place: Any, made: Forecasts, spoiled: Any) -> None:
    smuggle(place, "spoiled", made.frame.assign(**spoiled))
    with pytest.raises(Conflict, match="batch spoiled is not as its table is declared"):
        copy(place, "forecasts", "spoiled")


def test_no_table_is_evaluated_but_those_that_were_copied(place: Any) -> None:
    with pytest.raises(GroundworkError, match="`accuracy` was not copied"):
        case(place, "any").candidate.table("accuracy")


def test_sales_that_are_wrong_are_nobodys_candidates_fault(place_of: Callable[..., Any], sample: pd.DataFrame) -> None:
    place = place_of()
    place.load(sample.drop(index=140))
    with pytest.raises(GroundworkError, match="held-out sales: sales are missing"):
        evaluate(case(place, "any"))


def test_without_held_out_weeks_the_shape_alone_is_evaluated(place: Any, sample: pd.DataFrame) -> None:
    columns = {"id": "series", "Date": "week", "Weekly_Sales": "sales"}
    whole = check_history(sample.rename(columns=columns)[[*columns.values()]], needed=1)
    future = make_forecasts(whole, Parameters(horizon=5, models=("seasonal_naive",)), weeks=5).frame
    store(place, "future", future)
    evaluation = evaluate(case(place, "future", holdout_weeks=0))
    assert (evaluation.metrics, evaluation.problems) == ((), ())
    assert len(evaluation.blocks) == 7
    store(place, "part", future[(future["series"] != "1_1") | (future["step"] < 5)])
    assert "missing: 1_1 2012-11-30" in evaluate(case(place, "part", holdout_weeks=0)).problems[0]


def test_evaluating_loads_no_library_that_forecasts() -> None:
    """They take seconds, and the gate has none to give."""
    code = "import sys, pipelines.forecasting.evaluation.evaluate; print({'statsforecast', 'kfp', 'numba'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-P", "-c", code], cwd=Path("/"), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
