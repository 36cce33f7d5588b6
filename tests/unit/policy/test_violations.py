"""Every known harmful program is refused for its most specific reason, also with resources inside an `apply`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from groundwork.policy.enforce import enforce
from tests.helpers.violations import ENGINEERS, LATE, VIOLATIONS, late
from tests.unit.policy.test_rules import TODAY, refused, requirements

if TYPE_CHECKING:
    from tests.conftest import Graph

BUILT = Callable[..., "Graph"]


@pytest.mark.parametrize("name", VIOLATIONS)
def test_a_harmful_program_is_refused_by_the_most_specific_rule(graph: BUILT, name: str) -> None:
    def program() -> None:
        enforce(requirements(encrypted=True, people=frozenset({ENGINEERS})), (), TODAY)
        VIOLATIONS[name].program(name)

    message = refused(graph, program)
    assert re.search(rf"^  {VIOLATIONS[name].code}: \S+::{name}: .+; .+$", message, re.MULTILINE), message


@pytest.mark.parametrize("name", LATE)
def test_a_resource_inside_an_apply_is_refused_before_it_is_registered(graph: BUILT, name: str) -> None:
    def program() -> None:
        enforce(requirements(), (), TODAY)
        late(name)

    message = refused(graph, program)
    assert re.search(rf"^  {LATE[name].code}: \S+::{name}: .+; .+$", message, re.MULTILINE), message


def test_another_program_in_the_same_process_is_not_checked(graph: BUILT) -> None:
    graph(lambda: enforce(requirements(), (), TODAY))

    assert graph(lambda: VIOLATIONS["function"].program("x"), anything=True).counts["gcp:cloudfunctionsv2/function:Function"] == 1
