"""Which way a branch goes."""

from __future__ import annotations

import pytest

from groundwork.contract.factory_settings import Chain
from groundwork.errors import GroundworkError
from groundwork.factory.chain import last_here, stage, target

DEV = Chain(branches=("feature/*", "release", "main"), own_branches=("feature/*", "release"))
PROD = Chain(branches=("feature/*", "release", "main"), own_branches=("main",))


@pytest.mark.parametrize(("branch", "goes_to"), [("feature/x", "release"), ("feature/a/b", "release"), ("release", "main")])
def test_every_branch_goes_one_up(branch: str, goes_to: str) -> None:
    assert goes_to == target(DEV, branch)


def test_from_the_last_branch_nothing_goes_further() -> None:
    assert target(PROD, "main") is None


@pytest.mark.parametrize("branch", ["feature/", "features/x", "release2", "xrelease", "bugfix/x", "", "feature"])
def test_a_branch_outside_of_the_chain_goes_nowhere(branch: str) -> None:
    assert stage(DEV, branch) is None
    with pytest.raises(GroundworkError, match="not a branch of this environment's chain"):
        target(DEV, branch)


def test_a_branch_of_another_environment_is_not_evaluated_here() -> None:
    with pytest.raises(GroundworkError, match=r"push to one of main; the chain is feature/\* -> release -> main"):
        target(PROD, "release")


def test_a_dot_in_a_pattern_is_a_dot() -> None:
    chain = Chain(branches=("v1.x/*", "main"), own_branches=("v1.x/*",))

    assert stage(chain, "v1.x/fix") == "v1.x/*"
    assert stage(chain, "v1ax/fix") is None


def test_what_leaves_the_environment_is_released_into_it() -> None:
    assert [False, True, True] == [last_here(DEV, "release"), last_here(DEV, "main"), last_here(PROD, None)]
