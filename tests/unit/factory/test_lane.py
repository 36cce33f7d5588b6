"""The two lanes."""

from __future__ import annotations

import pytest

from groundwork.errors import GroundworkError
from groundwork.factory.lane import require_lane

OWN = "pipelines/forecasting/notebook.ipynb"


def test_a_pipeline_alone_is_judged() -> None:
    require_lane([OWN, "pipelines/forecasting/queries/history.sql"], "pipelines/forecasting")


def test_nothing_changed_is_nobody_s_fault() -> None:
    require_lane([], "pipelines/forecasting")


@pytest.mark.parametrize(
    "path", ["groundwork/factory/gate.py", "cloudbuild/judge.yaml", "Pulumi.dev.yaml", "pipelines/other/steps.py", "pipelines"]
)
def test_both_lanes_at_once_are_to_be_split(path: str) -> None:
    with pytest.raises(GroundworkError) as refused:
        require_lane([OWN, path], "pipelines/forecasting")

    assert refused.value.code == "two-lanes"
    assert path in refused.value.message
    assert refused.value.hint.startswith("split it")


def test_a_platform_change_is_stopped_with_what_to_do() -> None:
    with pytest.raises(GroundworkError) as refused:
        require_lane(["stacks/config.py"], "pipelines/forecasting")

    assert refused.value.code == "platform-change"
    assert "pull request" in refused.value.hint


def test_a_long_list_is_told_short_and_without_what_a_terminal_obeys() -> None:
    with pytest.raises(GroundworkError) as refused:
        require_lane([f"stacks/\x1b[31m{number}.py" for number in range(9)], "pipelines")

    assert "and 4 more" in refused.value.message
    assert "\x1b" not in refused.value.message


def test_a_folder_of_a_similar_name_is_outside() -> None:
    with pytest.raises(GroundworkError, match="changes the platform"):
        require_lane(["pipelines/forecasting2/x.py"], "pipelines/forecasting")
