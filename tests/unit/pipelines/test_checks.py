from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from groundwork.errors import GroundworkError
from pipelines.forecasting.evaluation.checks import check_actuals, check_forecasts, check_history
from pipelines.forecasting.forecasting import Forecasts

HINT = "correct the sales and load them again, or handle such rows in `evaluation/queries/history.sql`"


def with_sales(value: float) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        at = (frame["series"] == "1_3") & (frame["week"] == "2011-05-06")
        return frame.assign(sales=frame["sales"].mask(at, value))

    return change


def without(series: str, since: str, until: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda frame: frame[~((frame["series"] == series) & frame["week"].between(since, until))]


FAULTS: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "duplicate": (lambda f: pd.concat([f, f.iloc[[3]]]), "the week is there more than once: 1_1 2010-02-26"),
    "gap": (without("1_8", "2011-01-01", "2011-02-01"), "weeks are missing before: 1_8 2011-02-04"),
    "not weekly": (
        lambda f: f.assign(week=f["week"].mask(f.index == 1, pd.Timestamp("2010-02-13"))),
        "weeks are missing before: 1_1 2010-02-13, 1_1 2010-02-19",
    ),
    "ended": (without("1_95", "2012-06-01", "2013-01-01"), "the series ends early, with: 1_95 2012-05-25"),
    "short": (
        without("1_13", "2010-01-01", "2011-12-31"),
        "the series has too few weeks (78 are needed) up to: 1_13 2012-08-03",
    ),
    "missing": (with_sales(float("nan")), "sales are missing: 1_3 2011-05-06"),
    "infinite": (with_sales(float("inf")), "sales are infinite: 1_3 2011-05-06"),
    "negative": (with_sales(-1.0), "sales are negative: 1_3 2011-05-06"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_sales_that_cannot_be_forecast_are_refused_by_series_and_week(fault: str, history: pd.DataFrame) -> None:
    change, message = FAULTS[fault]
    with pytest.raises(GroundworkError) as refusal:
        check_history(change(history), needed=78)
    assert refusal.value.code == "sales-invalid"
    assert refusal.value.message == f"sales: {message}"
    assert refusal.value.hint == HINT


def test_all_faults_are_named_in_one_message_and_long_lists_are_cut(history: pd.DataFrame) -> None:
    bad = pd.concat([with_sales(-1.0)(history), history[history["series"] == "1_8"].head(7)])
    with pytest.raises(GroundworkError) as refusal:
        check_history(bad, needed=78)
    assert refusal.value.message == (
        "sales: the week is there more than once: 1_8 2010-02-05, 1_8 2010-02-12, 1_8 2010-02-19, 1_8 2010-02-26, 1_8 2010-03-05 "
        "and 2 more; sales are negative: 1_3 2011-05-06"
    )


def test_no_sales_at_all_are_refused(history: pd.DataFrame) -> None:
    with pytest.raises(GroundworkError, match="there are no sales to forecast from"):
        check_history(history.head(0), needed=78)


def test_good_sales_come_back_in_order_whatever_order_they_came_in(history: pd.DataFrame) -> None:
    shuffled = history.sample(frac=1, random_state=0).assign(week=lambda f: f["week"].dt.date)
    pd.testing.assert_frame_equal(check_history(shuffled, needed=131), history)


def test_a_series_that_began_later_is_forecast_if_it_is_long_enough(history: pd.DataFrame) -> None:
    later = without("1_13", "2010-01-01", "2010-12-31")(history)
    assert len(check_history(later, needed=78)) == len(later)


def test_held_out_sales_must_be_there_once_for_every_forecast(sales: pd.DataFrame, made: Forecasts) -> None:
    expected = made.frame
    assert len(check_actuals(sales, expected=expected)) == 84
    with pytest.raises(GroundworkError) as refusal:
        check_actuals(sales.drop(index=142), expected=expected)
    assert refusal.value.message == "held-out sales: sales are missing: 1_1 2012-10-26"
    with pytest.raises(GroundworkError) as refusal:
        check_actuals(pd.concat([sales, sales.tail(1)]), expected=expected)
    assert refusal.value.message == "held-out sales: the week is there more than once: 1_95 2012-10-26"


def spoilt(made: Forecasts, column: str, value: float) -> pd.DataFrame:
    return made.frame.assign(**{column: made.frame[column].mask(made.frame.index == 2, value)})


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("mean", float("nan"), "mean are missing: 1_1 2012-08-24"),
        ("upper_95", float("inf"), "not finite: 1_1 2012-08-24"),
        ("lower_95", -1.0, "negative: 1_1 2012-08-24"),
        ("lower_80", 1e9, "the interval is not in order: 1_1 2012-08-24"),
        ("upper_80", 1e9, "the interval is not in order: 1_1 2012-08-24"),
        ("step", 2, "the step is not the week's: 1_1 2012-08-24"),
    ],
)
def test_an_impossible_forecast_is_refused(made: Forecasts, column: str, value: float, message: str) -> None:
    with pytest.raises(GroundworkError) as refusal:
        checked(spoilt(made, column, value))
    assert refusal.value.code == "forecasts-invalid"
    assert message in refusal.value.message


def test_every_series_and_week_must_be_forecast_once(made: Forecasts) -> None:
    assert checked(made.frame) is not None
    for frame, message in (
        (made.frame.drop(index=[5, 6]), "forecasts: missing: 1_1 2012-09-14, 1_1 2012-09-21"),
        (made.frame[made.frame["series"] != "1_95"], "forecasts: missing: 1_95 2012-08-10"),
        (pd.concat([made.frame, made.frame.head(1)], ignore_index=True), "forecasts: forecast twice: 1_1 2012-08-10"),
        (made.frame.assign(series=made.frame["series"].replace("1_1", "9_9")), "forecasts: missing: 1_1 2012-08-10"),
    ):
        with pytest.raises(GroundworkError) as refusal:
            checked(frame)
        assert refusal.value.message.startswith(message)


def checked(frame: pd.DataFrame) -> pd.DataFrame:
    series = ["1_1", "1_13", "1_3", "1_38", "1_8", "1_93", "1_95"]
    return check_forecasts(frame, series=np.array(series), cutoff=pd.Timestamp("2012-08-03"), weeks=12, levels=(80, 95))
