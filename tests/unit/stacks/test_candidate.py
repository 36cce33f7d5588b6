"""The stack of one candidate: the resources of the environment's deployment, without any that outlives the candidate."""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from groundwork.contract.deployment import Deployment
from stacks.candidate import program

if TYPE_CHECKING:
    from tests.conftest import Graph

ROOT = Path(__file__).parents[3]
CANDIDATE = "forecasting-0123456789ab"
IDENTITY = "candidate-02@northwind-ml-dev.iam.gserviceaccount.com"


@pytest.fixture(scope="module")
def environment(graph: Callable[..., Graph], configuration: Callable[[str], dict[str, str]]) -> Graph:
    """Return the environment of the candidate."""
    return graph(lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"), "dev", configuration("dev"))


@pytest.fixture(scope="module")
def candidate(graph: Callable[..., Graph], environment: Graph) -> Graph:
    """Return the candidate's stack, from arguments in the form of a ledger."""
    arguments = {"candidate": CANDIDATE, "identity": IDENTITY, "settings": environment.outputs["factory"]["forecasting"]}
    return graph(program(json.loads(json.dumps(arguments))), CANDIDATE)


def test_a_candidate_s_stack_builds_its_inventory_and_nothing_else(
    candidate: Graph, matches_inventory: Callable[[Graph, str], None]
) -> None:
    matches_inventory(candidate, "stack-candidate")


def test_a_candidate_s_tables_are_those_of_the_environment(candidate: Graph, environment: Graph) -> None:
    """They lack only the platform's own table: a candidate does not decide which results serve."""

    def schemas(built: Graph, of: str) -> dict[str, Any]:
        return {
            inputs["tableId"]: inputs["schema"]
            for inputs in built.values.values()
            if inputs.get("datasetId") == of and "tableId" in inputs
        }

    theirs = schemas(environment, "forecasting")
    assert theirs.pop("serving")
    assert theirs == schemas(candidate, "forecasting_0123456789ab")


def test_a_candidate_s_context_contains_no_holdout(candidate: Graph) -> None:
    deployment = Deployment.model_validate_json(json.dumps(candidate.outputs["deployment"]))

    assert (0, ()) == (deployment.holdout_weeks, deployment.owners)
    assert ("northwind-ml-dev.training_views", "northwind-ml-dev.forecasting_0123456789ab") == (
        deployment.raw,
        deployment.dataset,
    )
    assert f"gs://northwind-ml-dev-candidates/candidate-02/{CANDIDATE}" == deployment.artifacts
    assert ("forecasting", IDENTITY) == (deployment.name, deployment.runner)


def test_a_candidate_s_resources_are_deleted_with_it_also_in_a_protected_environment(candidate: Graph) -> None:
    for address, inputs in candidate.values.items():
        assert inputs.get("deletionProtection", False) is False, address
        assert inputs.get("deleteContentsOnDestroy", True) is True, address


def test_every_resource_of_a_candidate_has_its_label(candidate: Graph) -> None:
    labelled = [inputs["labels"] for inputs in candidate.values.values() if "labels" in inputs]

    assert labelled
    assert all(
        {"client": "northwind", "environment": "dev", "candidate": CANDIDATE}.items() <= labels.items() for labels in labelled
    )
