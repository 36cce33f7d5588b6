from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pipelines.forecasting.evaluation.checks import check_forecasts
from pipelines.forecasting.forecasting import Forecasts, make_forecasts
from pipelines.forecasting.models import backtest, predict
from pipelines.forecasting.parameters import MODELS, Parameters
from pipelines.forecasting.selection import chosen, radii, select

ENDS = ["lower_95", "lower_80", "mean", "upper_80", "upper_95"]


def series(sales: np.ndarray, name: str = "x") -> pd.DataFrame:
    weeks = pd.date_range("2020-01-03", periods=len(sales), freq="7D")
    return pd.DataFrame({"series": name, "week": weeks, "sales": sales.astype(float)})


def test_every_series_is_forecast_for_every_week_after_its_history(made: Forecasts, history: pd.DataFrame) -> None:
    assert made.frame.groupby("series")["step"].agg(list).map(lambda steps: steps == list(range(1, 13))).all()
    assert set(made.frame["series"]) == set(history["series"])
    assert made.frame["week"].min() == history["week"].max() + pd.Timedelta(weeks=1)
    assert made.frame["week"].max() == history["week"].max() + pd.Timedelta(weeks=12)


def test_intervals_are_finite_not_negative_and_in_order(made: Forecasts) -> None:
    ends = made.frame[ENDS]
    assert np.isfinite(ends).all(axis=None)
    assert (ends >= 0).all(axis=None)
    assert (ends.diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)


def test_a_longer_look_ahead_changes_neither_selection_nor_the_weeks_before(
    made: Forecasts, history: pd.DataFrame, parameters: Parameters
) -> None:
    """Held-out weeks beyond the horizon are forecast to be measured, and for nothing else."""
    longer = make_forecasts(history[history["series"].isin(["1_1", "1_13"])], parameters, weeks=20)
    pd.testing.assert_frame_equal(longer.selection, made.selection.head(2))
    pd.testing.assert_frame_equal(longer.frame[longer.frame["step"] <= 12].reset_index(drop=True), made.frame.head(24))


def test_the_same_history_is_forecast_the_same_whatever_else_is_in_it(
    made: Forecasts, history: pd.DataFrame, parameters: Parameters
) -> None:
    """No series has a say in another's forecasts, and nothing is left to chance."""
    alone = make_forecasts(history[history["series"] == "1_95"], parameters, weeks=12)
    pd.testing.assert_frame_equal(
        alone.frame, made.frame[made.frame["series"] == "1_95"].reset_index(drop=True), check_exact=True
    )


def test_the_backtest_forecasts_each_window_from_the_weeks_before_it(history: pd.DataFrame) -> None:
    tried = backtest(history, models=["seasonal_naive"], horizon=4, windows=3, step=2)
    known = history.set_index(["series", "week"])["sales"]
    truth = known.loc[list(zip(tried["series"], tried["week"], strict=True))]
    a_year_ago = known.loc[list(zip(tried["series"], tried["week"] - pd.Timedelta(weeks=52), strict=True))]
    assert tried["sales"].tolist() == truth.tolist()
    assert tried["seasonal_naive"].tolist() == a_year_ago.tolist()
    assert tried.groupby("series").size().eq(12).all()
    assert sorted(f"{cutoff:%m-%d}" for cutoff in tried["cutoff"].unique()) == ["06-08", "06-22", "07-06"]


def test_changing_the_last_weeks_leaves_the_backtest_before_them_alone(history: pd.DataFrame) -> None:
    two = history[history["series"].isin(["1_1", "1_13"])]
    spoilt = two.assign(sales=two["sales"].mask(two["week"] > "2012-07-06", 1.0))
    before, after = (backtest(frame, models=["mstl", "theta"], horizon=4, windows=2, step=4) for frame in (two, spoilt))
    assert before["cutoff"].max() == pd.Timestamp("2012-07-06")
    assert not before["sales"].equals(after["sales"])
    pd.testing.assert_frame_equal(before, after.assign(sales=before["sales"]))


def test_the_combination_is_the_mean_of_its_members(history: pd.DataFrame) -> None:
    ahead = predict(history, models=["seasonal_naive", "mstl", "theta", "combination"], weeks=3)
    assert np.allclose(ahead["combination"], ahead[["seasonal_naive", "mstl", "theta"]].mean(axis=1))
    alone = predict(history, models=["combination"], weeks=3)
    assert list(alone.columns) == ["series", "week", "combination"]


def test_forecasts_are_never_below_zero() -> None:
    falling = series(np.linspace(500, 0, 120))
    assert predict(falling, models=["mstl", "theta"], weeks=20)[["mstl", "theta"]].min(axis=None) == 0


def test_a_series_too_short_for_a_model_is_given_to_one_that_it_is_long_enough_for(parameters: Parameters) -> None:
    rng = np.random.default_rng(1)
    both = pd.concat([series(rng.uniform(50, 60, 90), "short"), series(rng.uniform(50, 60, 131), "long")], ignore_index=True)
    tried = backtest(both, models=MODELS, horizon=12, windows=8, step=2)
    of_short = tried[tried["series"] == "short"]
    assert of_short["seasonal_naive"].notna().all()
    assert of_short[["seasonal_average", "mstl", "theta", "combination"]].isna().all(axis=None)
    made = make_forecasts(both, parameters, weeks=12)
    assert made.selection.set_index("series")["model"]["short"] == "seasonal_naive"
    assert made.frame["mean"].notna().all()


@pytest.mark.parametrize("level", [0.0, 100.0])
def test_a_series_that_never_changes_is_forecast_as_it_is(level: float, parameters: Parameters) -> None:
    made = make_forecasts(series(np.full(131, level)), parameters, weeks=12)
    assert made.frame[ENDS].eq(level).all(axis=None)
    cutoff = made.frame["week"].min() - pd.Timedelta(weeks=1)
    assert check_forecasts(made.frame, series=["x"], cutoff=cutoff, weeks=12, levels=(80, 95)) is not None


def test_only_the_models_that_were_asked_for_are_selected(history: pd.DataFrame, parameters: Parameters) -> None:
    one = make_forecasts(history[history["series"] == "1_1"], replace(parameters, models=("mstl",), levels=(80,)), weeks=12)
    assert set(one.frame["model"]) == {"mstl"}
    assert "lower_95" not in one.frame


def a_backtest() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "series": ["a"] * 20 + ["b"] * 20,
            "sales": 100.0,
            "seasonal_naive": [100.0 + error for error in range(1, 21)] * 2,
            "theta": [90.0] * 20 + [100.5] * 20,
            "mstl": [100.0] * 19 + [float("nan")] + [float("inf")] * 20,
        }
    )


def test_each_series_gets_the_model_that_was_nearest_in_its_backtest() -> None:
    selection = select(a_backtest(), ["seasonal_naive", "theta"])
    assert selection.to_dict("list") == {"series": ["a", "b"], "model": ["theta", "theta"], "mae": [10.0, 0.5]}


def test_a_model_without_a_finite_forecast_for_each_week_is_no_choice() -> None:
    assert "mstl" not in set(select(a_backtest(), ["mstl", "seasonal_naive", "theta"])["model"])


def test_on_a_tie_the_first_model_wins() -> None:
    tied = a_backtest().assign(theta=lambda frame: frame["seasonal_naive"])
    assert set(select(tied, ["seasonal_naive", "theta"])["model"]) == {"seasonal_naive"}
    assert set(select(tied, ["theta", "seasonal_naive"])["model"]) == {"theta"}


def test_an_interval_is_as_wide_as_the_ranked_error_of_the_selected_model() -> None:
    """Of 20 errors 1, 2, …, 20, level 80 takes the ceil(21 x 0.8) = 17th, level 95 the ceil(21 x 0.95) = 20th."""
    tried = a_backtest()
    selection = pd.DataFrame({"series": ["a", "b"], "model": ["seasonal_naive", "theta"]})
    assert radii(tried, selection, [80, 95]).to_numpy().tolist() == [[17.0, 20.0], [0.5, 0.5]]
    assert chosen(tried, selection).tolist() == [*(100.0 + error for error in range(1, 21)), *[100.5] * 20]
