# ruff: noqa: S101, INP001, D103  these are tests: they assert, are collected by path, and their names are claims
"""The valid parameters. A candidate's build runs these tests before its notebook: keep them fast."""

from __future__ import annotations

import pytest

from groundwork.sdk.platform import GroundworkError
from pipelines.forecasting.evaluation.constants import SEASON, stored_levels
from pipelines.forecasting.parameters import Parameters


def test_parameters_survive_the_way_from_step_to_step() -> None:
    """Every integer of a structure arrives as a float."""
    parameters = Parameters(horizon=12, levels=(80,), models=("theta",))
    struct = {**parameters.to_struct(), "horizon": 12.0, "levels": [80.0]}
    assert Parameters.from_struct(struct) == parameters


def test_a_horizon_beyond_a_season_is_refused() -> None:
    with pytest.raises(GroundworkError, match="`horizon` is 53"):
        Parameters(horizon=SEASON + 1)


def test_the_levels_by_default_are_those_that_can_be_stored() -> None:
    assert Parameters(horizon=12).levels == stored_levels()
