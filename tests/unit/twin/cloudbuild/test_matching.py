"""A trigger fires for the branches and files that Cloud Build would fire it for."""

from __future__ import annotations

from typing import Any

import pytest

from groundwork.twin.cloudbuild.matching import Push, matches, reason_against


@pytest.mark.parametrize(
    ("pattern", "path", "matching"),
    [
        ("pipelines/forecasting/**", "pipelines/forecasting/pipeline.py", True),
        ("pipelines/forecasting/**", "pipelines/forecasting/a/b/c", True),
        ("pipelines/forecasting/**", "pipelines/forecasting", False),
        ("pipelines/forecasting/**", "pipelines/forecasting2/x", False),
        ("pipelines/forecasting/**", "x/pipelines/forecasting/x", False),
        ("**", "a/b", True),
        ("**/*.ipynb", "a.ipynb", True),
        ("**/*.ipynb", "a/b/c.ipynb", True),
        ("a/**/z", "a/z", True),
        ("a/**/z", "a/b/c/z", True),
        ("*.py", "a.py", True),
        ("*.py", "a/b.py", False),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("[a-c]x", "bx", True),
        ("[^a-c]x", "bx", False),
        ("[^a-c]x", "/x", False),
        (r"\*", "*", True),
        (r"\*", "a", False),
        ("a.b", "aXb", False),
        ("a+(b)", "a+(b)", True),
        ("*", "a\nb", True),
    ],
)
def test_globs_are_gos_with_two_stars(pattern: str, path: str, *, matching: bool) -> None:
    assert matches(pattern, path) is matching


@pytest.mark.parametrize(
    ("rule", "branch", "fires"),
    [
        ({"branch": "^feature/.*$"}, "feature/x", True),
        ({"branch": "^feature/.*$"}, "main", False),
        ({"branch": "main"}, "maintenance", True),
        ({"branch": "^main$"}, "maintenance", False),
        ({"branch": "^main$", "invertRegex": True}, "feature/x", True),
        ({"branch": "^main$", "invertRegex": True}, "main", False),
        ({"tag": "v.*"}, "v1", False),
        ({"branch": "(?=main)"}, "main", False),
        ({"branch": r"(a)\1"}, "aa", False),
        ({"branch": "("}, "(", False),
    ],
)
def test_branches_match_as_re2_searches(rule: dict[str, Any], branch: str, *, fires: bool) -> None:
    assert (reason_against({"repositoryEventConfig": {"push": rule}}, push(branch=branch)) == "") is fires


@pytest.mark.parametrize(
    ("included", "ignored", "files", "fires"),
    [
        ([], [], [], True),
        ([], [], ["a"], True),
        (["p/**"], [], ["p/a"], True),
        (["p/**"], [], ["a", "p/a"], True),
        (["p/**"], [], ["a"], False),
        (["p/**"], [], [], False),
        ([], ["docs/**"], ["docs/a"], False),
        ([], ["docs/**"], ["docs/a", "b"], True),
        (["p/**"], ["**/*.md"], ["p/a.md"], False),
        (["p/**"], ["**/*.md"], ["p/a.md", "b"], False),
        (["p/**"], ["**/*.md"], ["p/a.md", "p/b"], True),
        (["[z-a]"], [], ["z"], False),
    ],
)
def test_ignored_files_go_before_included_ones(included: list[str], ignored: list[str], files: list[str], *, fires: bool) -> None:
    trigger = {"repositoryEventConfig": {"push": {"branch": "."}}, "includedFiles": included, "ignoredFiles": ignored}
    assert (reason_against(trigger, push(*files)) == "") is fires


def test_a_disabled_trigger_does_not_fire() -> None:
    assert reason_against({"disabled": True, "repositoryEventConfig": {"push": {"branch": "."}}}, push("a")) == "it is disabled"


@pytest.mark.parametrize(
    ("inputs", "fires"),
    [
        ({"filter": "_X == 'y'"}, False),
        ({"approvalConfig": {"approvalRequired": True}}, False),
        ({"filter": "", "approvalConfig": {"approvalRequired": False}}, True),
    ],
)
def test_a_build_that_google_may_hold_back_does_not_run(inputs: dict[str, Any], *, fires: bool) -> None:
    trigger = {**inputs, "repositoryEventConfig": {"push": {"branch": "."}}}
    assert (reason_against(trigger, push("a")) == "") is fires


def push(*files: str, branch: str = "feature/x") -> Push:
    return Push(branch=branch, before=None, commit="0" * 40, files=files)
