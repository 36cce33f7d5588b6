"""Run a Pulumi program against nothing and look at the graph that it would build."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis  # noqa: F401  its plugin would load it at the very end, where CPython 3.11 can trip over how deep it is by then
import pytest
import yaml

from tools.graph import Graph, graphs

__all__ = ["Graph"]

INVENTORY = Path(__file__).parent / "data/inventory"


def pytest_configure(config: pytest.Config) -> None:
    """Let Google's SDK import modules of its own that it deprecates: no program can keep it from doing so."""
    config.addinivalue_line("filterwarnings", r"ignore:gcp\..* has been deprecated in favor of gcp\.:DeprecationWarning")


@pytest.fixture(scope="module")
def graph() -> Iterator[Callable[..., Graph]]:
    """Return a function that runs a program on Pulumi's mocks and tells what it would build."""
    with graphs() as build:
        yield build


@pytest.fixture(scope="session")
def matches_inventory() -> Callable[[Graph, str], None]:
    """Return a check of a graph against an inventory: `counts` exact, `values` a subset."""

    def check(graph: Graph, name: str) -> None:
        file = INVENTORY / f"{name}.yaml"
        expected = yaml.safe_load(file.read_text()) if file.exists() else {"values": {}}
        built = {
            "counts": dict(graph.counts),
            "values": {
                address: {key: graph.values.get(address, {}).get(key, "__missing__") for key in wanted}
                for address, wanted in expected["values"].items()
            },
        }
        assert expected == built, f"{name}.yaml differs; this was built:\n{yaml.safe_dump(built, sort_keys=False)}"

    return check
