from __future__ import annotations

import json
from typing import Any

import pytest

from groundwork.errors import GroundworkError
from pipelines.forecasting.evaluation.constants import stored_levels
from pipelines.forecasting.models import BASE_MODELS, COMBINATION, MEMBERS
from pipelines.forecasting.parameters import MODELS, Parameters, errors_needed


@pytest.mark.parametrize(
    ("choices", "text"),
    [
        (
            {"horizon": 0},
            "`horizon` is 0 (parameters-invalid)\nhint: correct the parameters: `horizon` must be a whole number from 1 to 52",
        ),
        (
            {"horizon": "12"},
            "`horizon` is '12' (parameters-invalid)\nhint: correct the parameters: `horizon` must be a whole number from 1 to 52",
        ),
        (
            {"horizon": True},
            "`horizon` is True (parameters-invalid)\nhint: correct the parameters: `horizon` must be a whole number from 1 to 52",
        ),
        (
            {"horizon": 12.5},
            "`horizon` is 12.5 (parameters-invalid)\nhint: correct the parameters: `horizon` must be a whole number from 1 to 52",
        ),
        (
            {"horizon": 12, "levels": ()},
            (
                "`levels` is () (parameters-invalid)\n"
                "hint: correct the parameters: `levels` must be a tuple with one or more of 80, 95"
            ),
        ),
        (
            {"horizon": 12, "levels": (80, 99)},
            (
                "`levels` has 99, which is unknown (parameters-invalid)\n"
                "hint: correct the parameters: choose among 80, 95, or add its two columns to `tables/forecasts.json`"
            ),
        ),
        (
            {"horizon": 12, "models": ("theta", "theta")},
            "`models` has 'theta' twice (parameters-invalid)\nhint: correct the parameters: list each once",
        ),
        (
            {"horizon": 2},
            (
                "an interval of 95 % needs 19 errors of the backtest, not 2 x 8 (parameters-invalid)\n"
                "hint: correct the parameters: set `windows` to 10, or remove the level"
            ),
        ),
    ],
)
def test_an_impossible_choice_is_refused_with_the_way_out(choices: dict[str, Any], text: str) -> None:
    with pytest.raises(GroundworkError) as refusal:
        Parameters(**choices)
    assert text == str(refusal.value)


def test_every_impossible_choice_is_named_at_once() -> None:
    with pytest.raises(GroundworkError) as refusal:
        Parameters(horizon=99, windows=1, models=("prophet",))
    assert refusal.value.message == "`horizon` is 99; `windows` is 1; `models` has 'prophet', which is unknown"


def test_the_way_out_of_too_few_errors_is_one() -> None:
    assert Parameters(horizon=2, windows=10).horizon == 2
    assert Parameters(horizon=1, windows=19).windows == 19
    assert [errors_needed(level) for level in (50, 80, 95, 99)] == [1, 4, 19, 99]


def test_parameters_survive_a_structure_whose_integers_became_floats() -> None:
    chosen = Parameters(horizon=5, levels=(80,), models=("theta", "mstl"))
    as_floats = json.loads(json.dumps(chosen.to_struct()), parse_int=float)
    assert as_floats["horizon"] == 5.0
    restored = Parameters.from_struct(as_floats)
    assert restored == chosen
    assert type(restored.horizon) is int
    assert type(restored.levels[0]) is int


def test_a_fraction_in_a_structure_is_refused_and_not_rounded() -> None:
    with pytest.raises(GroundworkError, match=r"`horizon` is 12\.5"):
        Parameters.from_struct({"horizon": 12.5})


def test_every_model_that_can_be_chosen_can_be_made() -> None:
    assert set(MODELS) == {*BASE_MODELS, COMBINATION}
    assert set(MEMBERS) <= set(BASE_MODELS)
    assert stored_levels() == (80, 95)


def test_the_history_that_is_needed_lets_the_first_window_know_a_season() -> None:
    assert Parameters(horizon=12, windows=8, step=2).history_needed == 52 + 12 + 14
