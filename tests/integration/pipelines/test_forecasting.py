"""The pipeline on a twin: once for real, from the notebook through kfp's processes; then step by step in this process.

A run's cost is the import of its libraries, four times over; what is claimed of data does not need the processes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from kfp import dsl  # type: ignore[import-untyped]  # kfp has no types

from groundwork.errors import GroundworkError
from groundwork.ports.runner import Run
from groundwork.sdk.report_blocks import Chart, Report
from groundwork.sdk.runs import read_stored
from pipelines.forecasting import steps
from pipelines.forecasting.parameters import Parameters
from pipelines.forecasting.run import forecast

ROOT = Path(__file__).parents[3]
HELD_OUT = pd.Timestamp("2012-08-10")
"""The first of the sample's last 12 weeks."""


@dataclass(frozen=True)
class Executed:
    """A notebook after its execution."""

    place: Any
    run: Run
    notebook: dict[str, Any]


@pytest.fixture(scope="module")
def executed(place_of: Callable[..., Any], sample: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Executed:
    place = place_of()
    place.load(sample)
    output = tmp_path_factory.mktemp("executed") / "notebook.ipynb"
    source = ROOT / "pipelines" / "forecasting" / "notebook.ipynb"
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", "--cwd", str(ROOT), str(source), str(output)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env={**os.environ, **place.environment})
    assert done.returncode == 0, done.stderr
    (run,) = place.platform.runner.runs()
    return Executed(place, run, json.loads(output.read_text()))


def in_process(place: Any, parameters: Parameters, run: str, folder: Path) -> None:
    """Run the steps as kfp would: integers of structures as floats, artifacts as files."""
    arguments = {"deployment": place.deployment.model_dump(mode="json"), "parameters": parameters.to_struct()}
    both = json.loads(json.dumps(arguments), parse_int=float)
    history, forecasts, selection = (
        dsl.Dataset(uri=str(folder / f"{run}-{name}")) for name in ("history", "forecasts", "selection")
    )
    steps.retrieve.python_func(**both, history=history)
    steps.select_and_predict.python_func(**both, history=history, forecasts=forecasts, selection=selection)
    stored = {"history": history, "forecasts": forecasts, "selection": selection}
    steps.store.python_func(**both, run=run, **stored, metrics=dsl.Metrics())


def output(notebook: dict[str, Any], cell: str) -> str:
    (found,) = (each for each in notebook["cells"] if each["id"] == cell)
    return "".join("".join(each.get("data", {}).get("text/plain", "")) for each in found["outputs"])


def test_a_run_stores_every_series_and_week_after_the_cutoff_with_ordered_intervals(executed: Executed) -> None:
    rows = executed.place.stored("forecasts", executed.run.id)
    assert len(rows) == 7 * 12
    assert rows.groupby("series")["week"].nunique().eq(12).all()
    assert rows["week"].min() == HELD_OUT
    ends = rows[["lower_95", "lower_80", "mean", "upper_80", "upper_95"]]
    assert ends.notna().all(axis=None)
    assert ends.max(axis=None) < 1e6
    assert ends["lower_95"].min() >= 0
    assert (ends.diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)


def test_a_run_stores_its_error_on_the_held_out_weeks_beside_seasonal_naive(executed: Executed) -> None:
    rows = executed.place.stored("accuracy", executed.run.id).set_index("series")
    assert len(rows) == 8
    assert round(rows.loc["all", "naive_wape"], 4) == 0.0752
    assert rows.loc["all", "wape"] <= rows.loc["all", "naive_wape"]


def test_the_notebook_shows_the_stored_rows_and_says_plainly_which_is_better(executed: Executed) -> None:
    said = output(executed.notebook, "summary")
    assert "The selected models are better than seasonal naive: WAPE 6.6% against 7.5% on 12 held-out weeks." in said
    assert "2012-08-10" in output(executed.notebook, "stored-rows")
    assert "retrieve" in output(executed.notebook, "run-code")


def test_a_run_is_on_record_with_its_steps_log_and_artifacts(executed: Executed) -> None:
    run, platform = executed.run, executed.place.platform
    assert (run.status, run.error) == ("succeeded", "")
    assert [step.name for step in run.steps] == ["retrieve", "select-and-predict", "store", "notify"]
    own = {record["event"]: record for record in platform.runner.log(run.id)}
    assert own["retrieved"]["rows"] == 7 * 131
    assert own["stored"]["batch"] == run.id
    with platform.objects.open(run.artifacts["select-and-predict.selection"], "rb") as file:
        assert len(pd.read_parquet(file)) == 7


def test_a_run_leaves_a_report_of_its_models_for_who_reviews_it(executed: Executed) -> None:
    place = f"{executed.place.deployment.artifacts}/runs/{executed.run.id}/report.json"
    report = Report.model_validate_json(executed.place.platform.objects.cat(place))
    assert [block.title for block in report.blocks[:2]] == ["Parameters", "Model of each series, by the backtest"]
    assert len([block for block in report.blocks if isinstance(block, Chart)]) == 3
    assert len(report.model_dump_json()) < 50_000


def test_each_owner_hears_of_a_run_and_its_review_decision(executed: Executed) -> None:
    letters = executed.place.letters()
    assert sorted(letter["to"] for letter in letters) == ["ada@northwind.example", "forecasting@northwind.example"]
    assert all(letter["title"] == "forecasting: forecasting succeeded" for letter in letters)
    assert all("better than seasonal naive" in letter["body"] for letter in letters)


def test_changing_the_held_out_sales_changes_accuracy_and_nothing_else(
    executed: Executed, place_of: Callable[..., Any], sample: pd.DataFrame, tmp_path: Path
) -> None:
    """And two runs on the same history, in different processes, store the same to the last bit."""
    place = place_of()
    held_out = pd.to_datetime(sample["Date"]) >= HELD_OUT
    place.load(sample.assign(Weekly_Sales=sample["Weekly_Sales"].mask(held_out, sample["Weekly_Sales"] * 3 + 1000)))
    in_process(place, Parameters(horizon=12), "again", tmp_path)
    before, after = executed.place.stored("forecasts", executed.run.id), place.stored("forecasts", "again")
    pd.testing.assert_frame_equal(before, after, check_exact=True)
    measured = (
        executed.place.stored("accuracy", executed.run.id)["wape"].to_list(),
        place.stored("accuracy", "again")["wape"].to_list(),
    )
    assert measured[0] != measured[1]


def test_runs_with_other_horizons_live_side_by_side_and_a_rerun_adds_a_batch(
    place_of: Callable[..., Any], sample: pd.DataFrame, tmp_path: Path
) -> None:
    place = place_of()
    place.load(sample)
    for run, horizon in (("short", 4), ("long", 15), ("short-again", 4)):
        in_process(place, Parameters(horizon=horizon, models=("seasonal_naive",), levels=(80,)), run, tmp_path)
    tables = {name: place.stored("forecasts", name) for name in ("short", "long", "short-again")}
    assert {name: rows["week"].nunique() for name, rows in tables.items()} == {"short": 4, "long": 15, "short-again": 4}
    assert place.stored("accuracy", "short")["weeks"].eq(12).all()
    assert tables["short"]["lower_95"].isna().all()
    pd.testing.assert_frame_equal(tables["short"], tables["short-again"])


def test_without_held_out_weeks_the_future_is_forecast_and_no_accuracy_stored(
    place_of: Callable[..., Any], sample: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = place_of(holdout_weeks=0)
    place.load(sample)
    in_process(place, Parameters(horizon=4, models=("seasonal_naive",)), "future", tmp_path)
    assert place.stored("forecasts", "future")["week"].min() == pd.Timestamp("2012-11-02")
    assert place.stored("accuracy", "future").empty
    assert "The platform measures the accuracy of a candidate after the run" in capsys.readouterr().out


def test_held_out_sales_that_are_not_there_store_nothing(
    place_of: Callable[..., Any], sample: pd.DataFrame, tmp_path: Path
) -> None:
    place = place_of()
    place.load(sample.drop(index=140))
    with pytest.raises(GroundworkError, match="held-out sales: sales are missing: 1_1 2012-10-12"):
        in_process(place, Parameters(horizon=12, models=("seasonal_naive",)), "bad", tmp_path)
    assert place.platform.warehouse.batches("northwind-ml-dev.forecasting.forecasts") == []
    assert place.platform.warehouse.batches("northwind-ml-dev.forecasting.accuracy") == []


def test_a_run_on_sales_that_were_loaded_twice_fails_says_why_and_stores_nothing(
    place_of: Callable[..., Any], sample: pd.DataFrame
) -> None:
    place = place_of()
    place.load(sample)
    place.load(sample[(sample["id"] == "1_8") & (sample["Date"].astype(str) == "2011-05-06")], batch="by-mistake")
    with pytest.raises(GroundworkError) as failure:
        forecast(Parameters(horizon=12))
    (run,) = place.platform.runner.runs()
    assert failure.value.code == "run-failed"
    assert failure.value.message.startswith(f"run {run.id} failed: retrieve: ")
    assert "sales: the week is there more than once: 1_8 2011-05-06" in failure.value.message
    assert failure.value.hint == f"read its log: groundwork logs {run.id}"
    assert read_stored(run, "forecasts").empty
    assert {step.name: step.status for step in run.steps} == {
        "retrieve": "failed",
        "notify": "succeeded",
        "select-and-predict": "skipped",
        "store": "skipped",
    }
    letters = place.letters()
    assert sorted(letter["to"] for letter in letters) == ["ada@northwind.example", "forecasting@northwind.example"]
    assert letters[0]["title"] == "forecasting: forecasting failed"
    assert "retrieve: sales: the week is there more than once: 1_8 2011-05-06\nhint: correct the sales" in letters[0]["body"]
