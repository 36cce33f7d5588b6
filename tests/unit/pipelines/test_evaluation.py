from __future__ import annotations

from math import isnan

import pandas as pd
import pytest

from pipelines.forecasting.evaluation.checks import check_actuals
from pipelines.forecasting.evaluation.measures import mase, measure, naive_scale, overall, summary, wape
from pipelines.forecasting.forecasting import Forecasts


@pytest.fixture(scope="module")
def accuracy(made: Forecasts, sales: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    return measure(made.frame, check_actuals(sales, expected=made.frame), history, [80, 95])


def test_wape_is_the_sum_of_errors_by_the_sum_of_sales() -> None:
    assert wape(pd.Series([10.0, 30.0]), pd.Series([12.0, 24.0])) == 0.2
    assert isnan(wape(pd.Series([0.0, 0.0]), pd.Series([1.0, 2.0])))


def test_mase_is_one_where_the_error_is_seasonal_naives_in_the_history() -> None:
    history = pd.Series([*range(52), *range(3, 55)], dtype=float)
    assert naive_scale(history) == 3.0
    assert mase(pd.Series([10.0, 20.0]), pd.Series([13.0, 17.0]), 3.0) == 1.0
    assert isnan(mase(pd.Series([1.0]), pd.Series([2.0]), 0.0))


def test_seasonal_naive_is_off_by_7_5_per_cent_on_the_last_12_weeks_of_the_sample(accuracy: pd.DataFrame) -> None:
    metrics = overall(accuracy)
    assert round(metrics["naive_wape"], 4) == 0.0752
    assert round(metrics["naive_mase"], 2) == 1.67


def test_the_selected_models_are_no_worse_than_seasonal_naive_on_the_sample(accuracy: pd.DataFrame) -> None:
    """6.6 % when this was written; the models have never seen these weeks."""
    assert overall(accuracy)["wape"] <= overall(accuracy)["naive_wape"]
    assert overall(accuracy)["mase"] <= overall(accuracy)["naive_mase"]


def test_accuracy_has_a_row_for_each_series_and_one_for_all(accuracy: pd.DataFrame) -> None:
    assert accuracy["series"].tolist() == ["1_1", "1_13", "1_3", "1_38", "1_8", "1_93", "1_95", "all"]
    assert accuracy["weeks"].eq(12).all()
    assert accuracy["model"].iloc[-1] == "selected"
    assert accuracy["mase"].iloc[-1] == pytest.approx(accuracy["mase"].iloc[:-1].mean())
    assert accuracy["coverage_80"].le(accuracy["coverage_95"]).all()


def test_a_perfect_forecast_has_no_error_and_full_coverage(made: Forecasts, history: pd.DataFrame) -> None:
    actuals = made.frame[["series", "week"]].assign(sales=made.frame["mean"])
    metrics = overall(measure(made.frame, actuals, history, [80]))
    assert (metrics["wape"], metrics["mase"], metrics["coverage_80"]) == (0.0, 0.0, 1.0)


def test_what_cannot_be_measured_is_left_out(made: Forecasts, history: pd.DataFrame) -> None:
    nothing_sold = made.frame[["series", "week"]].assign(sales=0.0)
    accuracy = measure(made.frame, nothing_sold, history.assign(sales=5.0), [80])
    assert {"wape", "mase"}.isdisjoint(overall(accuracy))
    assert summary(accuracy) == "Nothing was sold in the 12 held-out weeks, so there is no relative error."


@pytest.mark.parametrize(
    ("ours", "naive", "text"),
    [
        (0.066, 0.075, "The selected models are better than seasonal naive: WAPE 6.6% against 7.5% on 12 held-out weeks."),
        (0.075, 0.075, "The selected models are exactly as good as seasonal naive: WAPE 7.5% against 7.5% on 12 held-out weeks."),
        (
            0.08,
            0.075,
            (
                "The selected models are WORSE than seasonal naive: WAPE 8.0% against 7.5% on 12 held-out weeks. "
                "Do not prefer them without a reason."
            ),
        ),
    ],
)
def test_the_summary_says_plainly_which_is_better(ours: float, naive: float, text: str) -> None:
    row = {"series": "all", "weeks": 12, "wape": ours, "naive_wape": naive}
    assert summary(pd.DataFrame([row])) == text


def test_without_a_holdout_the_summary_says_who_measures() -> None:
    assert overall(pd.DataFrame()) == {}
    assert summary(pd.DataFrame()) == (
        "This run has no holdout, so it measured nothing. The platform measures the accuracy of a candidate after the run, "
        "on newer sales that no candidate can read."
    )
