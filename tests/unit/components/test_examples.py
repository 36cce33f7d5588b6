"""Every component has an example that builds its inventory. The diff of an inventory is the infrastructure review."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from tools.component_pages import EXAMPLES, ROOT, Component, components, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Graph

COMPONENTS = components()


def docstring(component: Component) -> str:
    class_ = next(each for each in component.code.body if isinstance(each, ast.ClassDef) and each.name == component.name)
    return " ".join((ast.get_docstring(class_) or "").split())


@pytest.fixture(autouse=True)
def in_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Examples read files by paths relative to the checkout."""
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.module)
def test_an_example_builds_its_component_s_inventory_and_nothing_else(
    graph: Callable[..., Graph], matches_inventory: Callable[[Graph, str], None], component: Component
) -> None:
    matches_inventory(graph(run(component)), component.inventory)


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.module)
def test_a_component_s_docstring_lists_all_that_its_example_makes(graph: Callable[..., Graph], component: Component) -> None:
    types = {re.sub(r"gcp:(\w+)/\w+:(\w+)", r"gcp.\1.\2", kind) for kind in graph(run(component)).counts if "gcp:" in kind}

    text = (EXAMPLES / f"{component.module}.py").read_text()
    beside = [other for other in COMPONENTS if f"from components.{other.module} import" in text]
    assert "Produces" in docstring(component)
    assert [] == sorted(kind for kind in types if not any(kind in docstring(each) for each in beside))


def test_there_is_no_example_without_its_component() -> None:
    assert sorted(file.stem for file in EXAMPLES.glob("*.py")) == [component.module for component in COMPONENTS]


def test_every_component_is_found_by_its_base_class() -> None:
    """Otherwise a missing page would not be noticed."""
    assert {"bucket", "deployer", "workbench"} < {component.module for component in COMPONENTS}
    assert not {"build_file", "grants", "paths", "table_schema"} & {component.module for component in COMPONENTS}
