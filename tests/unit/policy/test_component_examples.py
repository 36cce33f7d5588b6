"""The example of every component passes without an exception."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from components.federation import FederationArgs, condition
from groundwork.policy.enforce import enforce
from tests.unit.policy.test_rules import TODAY, requirements
from tools.component_pages import ROOT, Component, components, run

if TYPE_CHECKING:
    from tests.conftest import Graph

PEOPLE = frozenset({"group:engineers@northwind.example", "user:ada@northwind.example"})
OUTSIDE = FederationArgs(
    pool="outside-ci",
    project="northwind-ml-dev",
    repository="northwind/forecasting",
    repository_id=512034518,
    branches=["main"],
    identity="outside-ci",
)
ROLES = frozenset({"roles/storage.admin", "roles/resourcemanager.projectIamAdmin"})


@pytest.mark.parametrize("component", components(), ids=lambda component: component.module)
def test_an_example_passes_without_an_exception(
    graph: Callable[..., Graph], component: Component, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)  # examples read files by their paths in the checkout
    required = requirements(
        labels={"client": "northwind"}, protect_data=False, people=PEOPLE, condition=condition(OUTSIDE), deployer_roles=ROLES
    )
    example = run(component)

    def program() -> None:
        enforce(required, (), TODAY)
        example()

    assert graph(program).values
