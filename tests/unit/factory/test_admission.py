"""Admission of candidates: their branches, the scope of their changes, and names that strangers choose."""

from __future__ import annotations

import re

import pytest

from groundwork.errors import GroundworkError
from groundwork.factory.admission import Admission
from groundwork.printable import printable
from tests.helpers.hostile_strings import NASTIES
from tests.unit.factory.promoted import COMMIT, LATER, Factory, settings

PIPELINE, PLATFORM = "pipelines/forecasting/notebook.ipynb", "stacks/program.py"
EVALUATION = "pipelines/forecasting/evaluation/evaluate.py"


class Interface:
    """An admission of a development environment, at which one commit of these paths stands."""

    def __init__(self, *changed: str) -> None:
        world = Factory()
        world.git_provider.heads.update({"main": "a" * 40, "release": "b" * 40})
        setattr(world.git_provider, "changed", lambda _, **__: list(changed))  # noqa: B010  a fake of a fake
        self.world = world
        told = settings("feature/*", "release")
        self.admission = Admission(settings=told, git_provider=world.git_provider, models=world.models, objects=world.objects)


@pytest.mark.parametrize(
    "branch", ["main", "wip/x", "feature/", "feature", "releases", "xfeature/a", "release\n", "Feature/x", ""]
)
def test_a_branch_that_is_no_stage_here_is_refused_with_those_that_are(branch: str) -> None:
    with pytest.raises(GroundworkError) as refused:
        Interface(PIPELINE).admission.candidate(branch, COMMIT)
    assert ("branch-outside", True) == (refused.value.code, "feature/*, release" in refused.value.hint)


@pytest.mark.parametrize(
    ("branch", "goes_to", "base"), [("feature/x", "release", "b"), ("feature/a/b", "release", "b"), ("release", "main", "a")]
)
def test_a_branch_of_the_chain_goes_to_the_next(branch: str, goes_to: str, base: str) -> None:
    found = Interface(PIPELINE).admission.candidate(branch, COMMIT)
    assert (goes_to, base * 40) == (found.target, found.base)


def test_a_release_branch_that_is_still_to_be_made_is_compared_with_the_last_one() -> None:
    interface = Interface(PIPELINE)
    del interface.world.git_provider.heads["release"]
    assert "a" * 40 == interface.admission.candidate("feature/x", COMMIT).base


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ([PLATFORM], "platform-change-refused"),
        ([PLATFORM, PIPELINE], "change-scope-conflict"),
        (["pipelines/other/notebook.ipynb"], "platform-change-refused"),
        (["pipelines/forecasting-2/notebook.ipynb", PIPELINE], "change-scope-conflict"),
        (["pipelines/forecasting"], "platform-change-refused"),
        ([EVALUATION], "platform-change-refused"),
        ([EVALUATION, PIPELINE], "change-scope-conflict"),
        (["pipelines/forecasting/tables/forecasts.json"], "platform-change-refused"),
    ],
)
def test_only_what_stays_inside_of_the_pipeline_is_evaluated(changed: list[str], code: str) -> None:
    with pytest.raises(GroundworkError) as refused:
        Interface(*changed).admission.candidate("feature/x", COMMIT)
    assert (code, True) == (refused.value.code, bool(refused.value.hint))


@pytest.mark.parametrize("nasty", NASTIES)
def test_a_branchs_name_decides_nothing_but_its_stage(nasty: str) -> None:
    """What is made is named after the commit; what is refused is told in printable words."""
    found = Interface(PIPELINE).admission.candidate(f"feature/x{nasty}", COMMIT)
    assert re.fullmatch(r"forecasting-[0-9a-f]{12}", found.id)
    with pytest.raises(GroundworkError) as refused:
        Interface(PIPELINE).admission.candidate(f"-{nasty}", COMMIT)
    assert printable(refused.value.message) == refused.value.message


@pytest.mark.parametrize("nasty", NASTIES)
def test_a_paths_name_is_told_in_printable_words(nasty: str) -> None:
    with pytest.raises(GroundworkError) as refused:
        Interface(f"stacks/{nasty}").admission.candidate("feature/x", COMMIT)
    assert printable(refused.value.message) == refused.value.message


def test_two_branches_of_one_commit_are_one_candidate() -> None:
    names = {Interface(PIPELINE).admission.candidate(branch, COMMIT).id for branch in ("feature/x", "feature/y")}
    assert 1 == len(names)


@pytest.mark.parametrize("path", [EVALUATION, "pipelines/forecasting/tables/forecasts.json", PLATFORM])
def test_a_platform_change_is_no_missed_candidate(path: str) -> None:
    interface = Interface(path)
    interface.world.git_provider.heads["feature/x"] = COMMIT
    assert [] == list(interface.admission.missed(()))


def test_what_nobody_knows_yet_is_missed_once() -> None:
    interface = Interface(PIPELINE)
    interface.world.git_provider.heads.update({"feature/x": COMMIT, "wip/y": LATER})
    (release, feature) = sorted(interface.admission.missed(()), reverse=True)
    assert ("release", ("feature/x", COMMIT, None)) == (release[0], feature)
    known = {interface.admission.candidate(branch, commit).id for branch, commit, _ in (release, feature)}
    assert [] == list(interface.admission.missed(known))
