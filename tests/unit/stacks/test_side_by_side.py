"""Environments made from one another, and deployments side by side: alike where they should be, and apart."""

from __future__ import annotations

import copy
import json
import re
import runpy
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from groundwork.onboarding.copy import replicate

if TYPE_CHECKING:
    from tests.conftest import Graph

ROOT = Path(__file__).parents[3]
WRITES = re.compile(r"objectUser|objectCreator|dataEditor|publisher|writer", re.IGNORECASE)
SHARED_WRITES = {"roles/logging.logWriter"}
NUMBERED = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<![0-9])[0-9]{10,20}(?![0-9])")
"""What follows from the project: a trigger's id, and numbers, an endpoint's, a channel's, the project's own."""

Configuration = Callable[[str], dict[str, str]]
Build = Callable[..., "Graph"]


def program() -> None:
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")


def values(built: Graph) -> dict[str, Mapping[str, Any]]:
    return {address: inputs for address, inputs in built.values.items() if not address.startswith("pulumi:")}


@pytest.fixture(scope="module")
def side_by_side(graph: Build, configuration: Configuration) -> tuple[Graph, Graph]:
    """Return dev with one deployment, and with another beside it."""
    config = configuration("dev")
    section = json.loads(config["groundwork:environment"])
    section["deployments"]["second"] = copy.deepcopy(section["deployments"]["forecasting"])
    both = {**config, "groundwork:environment": json.dumps(section)}
    return graph(program, "dev", config), graph(program, "dev", both)


def test_a_copied_environment_differs_only_in_names(graph: Build, configuration: Configuration, tmp_path: Path) -> None:
    for stack in ("dev", "prod"):
        shutil.copy(ROOT / f"Pulumi.{stack}.yaml", tmp_path)
    written = replicate(tmp_path, "dev", "staging", "northwind-ml-staging")
    config = yaml.safe_load(written.read_text())["config"]
    text = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}

    of_dev = json.dumps(values(graph(program, "dev", configuration("dev"))), sort_keys=True, default=str)
    of_copy = json.dumps(values(graph(program, "staging", text)), sort_keys=True, default=str)

    renamed = of_copy.replace("northwind-ml-staging", "northwind-ml-dev").replace("staging/", "").replace("staging", "dev")

    assert of_dev != of_copy
    assert NUMBERED.sub("", of_dev) == NUMBERED.sub("", renamed)


def test_a_second_deployment_changes_nothing_of_the_first(side_by_side: tuple[Graph, Graph]) -> None:
    one, both = (values(built) for built in side_by_side)

    assert [] == [address for address in one if address not in both]
    assert {} == {address: (one[address], both[address]) for address in one if one[address] != both[address]}


def test_what_a_second_deployment_adds_bears_its_name(side_by_side: tuple[Graph, Graph]) -> None:
    one, both = (values(built) for built in side_by_side)
    added = {address: inputs for address, inputs in both.items() if address not in one}

    assert len(added) > 10
    assert [] == [address for address in added if "second" not in address]


def test_deployments_share_nothing_that_either_may_write(side_by_side: tuple[Graph, Graph]) -> None:
    """What a deployment's own identity may write, no identity of the other may."""
    both = values(side_by_side[1])

    def written(deployment: str) -> set[str]:
        member = f"serviceAccount:{deployment}-runner@"
        own = [inputs for inputs in both.values() if str(inputs.get("member")).startswith(member)]
        grants = [inputs for inputs in own if WRITES.search(inputs.get("role", ""))]
        on = ("bucket", "datasetId", "repository", "topic")
        return {f"{key}:{grant[key]}" for grant in grants for key in on if key in grant and grant["role"] not in SHARED_WRITES}

    first, second = written("forecasting"), written("second")
    assert first
    assert second
    assert {"topic:notifications"} >= first & second, "messages are only added to the topic"
