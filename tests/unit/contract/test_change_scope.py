"""Pipeline changes and platform changes."""

from __future__ import annotations

import pytest

from groundwork.contract.change_scope import (
    PLATFORM_FILES,
    PLATFORM_FOLDERS,
    is_pipelines,
    pipeline_files,
    require_pipeline_change,
)
from groundwork.errors import GroundworkError
from groundwork.twin.cloudbuild.matching import matches

OWN = "pipelines/forecasting/notebook.ipynb"


def test_a_change_of_one_pipeline_is_evaluated() -> None:
    require_pipeline_change([OWN, "pipelines/forecasting/queries/history.sql"], "pipelines/forecasting")


def test_an_empty_change_is_accepted() -> None:
    require_pipeline_change([], "pipelines/forecasting")


@pytest.mark.parametrize(
    "path",
    [
        "groundwork/factory/gate.py", "cloudbuild/evaluate.yaml", "Pulumi.dev.yaml", "pipelines/other/steps.py", "pipelines",
        "pipelines/__init__.py", "pipelines/forecasting/evaluation/evaluate.py", "pipelines/forecasting/tables/forecasts.json",
        "pipelines/forecasting/evaluation/queries/history.sql",
    ],
)  # fmt: skip
def test_a_push_with_both_kinds_of_changes_is_refused(path: str) -> None:
    with pytest.raises(GroundworkError) as refused:
        require_pipeline_change([OWN, path], "pipelines/forecasting")

    assert refused.value.code == "change-scope-conflict"
    assert path in refused.value.message
    assert refused.value.hint.startswith("split it")


def test_a_platform_change_is_refused_with_a_hint() -> None:
    with pytest.raises(GroundworkError) as refused:
        require_pipeline_change(["groundwork/environment/file.py"], "pipelines/forecasting")

    assert refused.value.code == "platform-change-refused"
    assert "pull request" in refused.value.hint


def test_a_long_list_is_shortened_and_has_no_control_characters() -> None:
    with pytest.raises(GroundworkError) as refused:
        require_pipeline_change([f"stacks/\x1b[31m{number}.py" for number in range(9)], "pipelines")

    assert "and 4 more" in refused.value.message
    assert "\x1b" not in refused.value.message


def test_a_folder_of_a_similar_name_is_outside() -> None:
    with pytest.raises(GroundworkError, match="changes platform files"):
        require_pipeline_change(["pipelines/forecasting2/x.py"], "pipelines/forecasting")


@pytest.mark.parametrize("inside", ["pipelines/forecasting", "pipelines"])
def test_a_change_of_the_evaluation_is_a_platform_change(inside: str) -> None:
    """Otherwise a candidate could bring the evaluation of later candidates."""
    with pytest.raises(GroundworkError) as refused:
        require_pipeline_change(["pipelines/forecasting/evaluation/evaluate.py"], inside)

    assert refused.value.code == "platform-change-refused"


NAMES = [
    *PLATFORM_FOLDERS, *(f"{folder}s" for folder in PLATFORM_FOLDERS), *(folder[:-1] for folder in PLATFORM_FOLDERS),
    "j", "t", "evaluate", "table", "Evaluation", "TABLES", "judgem\u00e9nt", "tests", "queries", ".tables", "^", "\u00e9", "a\nb",
]  # fmt: skip
PATHS = [
    "README.md", "groundwork/x/evaluation/y.py", "pipelines", "pipelines/__init__.py", "pipelinesX/a/b", "x/pipelines/a/b",
    *(f"pipelines/forecasting/{name}" for name in NAMES),
    *(f"pipelines/forecasting/{name}/x" for name in NAMES),
    *(f"pipelines/{name}/{name}/deep/er/x.py" for name in NAMES),
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_the_globs_of_triggers_and_the_factory_agree_on_every_path(path: str) -> None:
    """A file that starts no trigger would change without a review."""
    own = is_pipelines(path, "pipelines")
    in_a_pipeline = path.startswith("pipelines/") and path.count("/") > 1

    assert any(matches(glob, path) for glob in pipeline_files()) is own
    assert any(matches(glob, path) for glob in PLATFORM_FILES) is (in_a_pipeline and not own)
