"""Copies of environments, and several deployments in one environment: equal where required, and independent."""

from __future__ import annotations

import copy
import functools
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
from tools.graph import member_of

if TYPE_CHECKING:
    from tests.conftest import Graph

ROOT = Path(__file__).parents[3]
WRITES = re.compile(r"objectUser|objectCreator|rowWriter|publisher|writer", re.IGNORECASE)
SHARED_WRITES = {"roles/logging.logWriter"}
NUMBERED = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<![0-9])[0-9]{10,20}(?![0-9])")
"""Values that depend on the project: ids of triggers, and the numbers of endpoints, channels and the project."""

Configuration = Callable[[str], dict[str, str]]
Build = Callable[..., "Graph"]


def program() -> None:
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")


def values(built: Graph) -> dict[str, Mapping[str, Any]]:
    return {address: inputs for address, inputs in built.values.items() if not address.startswith("pulumi:")}


NAMES = ("another", "second")
"""A name that sorts before the existing deployment's, and one after it: shared resources must depend on neither."""


@pytest.fixture(scope="module")
def built(graph: Build, configuration: Configuration) -> Callable[..., dict[str, Mapping[str, Any]]]:
    """Return a function that builds dev with deployments of these names, without features."""
    config = configuration("dev")
    section = json.loads(config["groundwork:environment"])
    deployment = section["deployments"]["forecasting"]
    del section["serving"]["features"]

    @functools.cache
    def build(*names: str) -> dict[str, Mapping[str, Any]]:
        deployments = {name: copy.deepcopy(deployment) for name in names}
        text = json.dumps({**section, "deployments": deployments})
        return values(graph(program, "dev", {**config, "groundwork:environment": text}))

    return build


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


@pytest.mark.parametrize("name", NAMES)
def test_a_second_deployment_changes_nothing_of_the_first_when_it_comes_or_goes(
    built: Callable[..., dict[str, Mapping[str, Any]]], name: str
) -> None:
    one, both = built("forecasting"), built("forecasting", name)

    assert {} == {address: (one[address], both.get(address)) for address in one if one[address] != both.get(address)}
    added = set(both) - set(one)
    assert len(added) > 10
    assert [] == [address for address in added if name not in address]


@pytest.mark.parametrize("name", NAMES)
def test_when_the_first_deployment_goes_nothing_of_the_second_changes(
    built: Callable[..., dict[str, Mapping[str, Any]]], name: str
) -> None:
    alone, both = built(name), built("forecasting", name)

    assert {} == {address: (alone[address], both.get(address)) for address in alone if alone[address] != both.get(address)}
    assert [] == [address for address in set(both) - set(alone) if "forecasting" not in address]


def test_deployments_share_nothing_that_either_may_write(built: Callable[..., dict[str, Mapping[str, Any]]]) -> None:
    """Only one deployment's identity may write to a resource."""
    both = built("forecasting", "second")

    def written(deployment: str) -> set[str]:
        member = f"serviceAccount:{deployment}-runner@"
        own = [inputs for inputs in both.values() if member_of(inputs).startswith(member)]
        grants = [inputs for inputs in own if WRITES.search(inputs.get("role", ""))]
        on = ("bucket", "datasetId", "repository", "topic")
        return {f"{key}:{grant[key]}" for grant in grants for key in on if key in grant and grant["role"] not in SHARED_WRITES}

    first, second = written("forecasting"), written("second")
    assert first
    assert second
    assert {"topic:notifications"} >= first & second, "messages are only added to the topic"
