"""Each way of doing harm that is known is refused, for the reason that tells most; late ones as well."""

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
def test_a_program_that_does_harm_is_refused_by_the_rule_that_names_the_fault(graph: BUILT, name: str) -> None:
    def program() -> None:
        enforce(requirements(encrypted=True, people=frozenset({ENGINEERS})), (), TODAY)
        VIOLATIONS[name].program(name)

    said = refused(graph, program)
    assert re.search(rf"^  {VIOLATIONS[name].code}: \S+::{name}: .+; .+$", said, re.MULTILINE), said


@pytest.mark.parametrize("name", LATE)
def test_what_is_made_inside_an_apply_is_refused_before_it_is_registered(graph: BUILT, name: str) -> None:
    def program() -> None:
        enforce(requirements(), (), TODAY)
        late(name)

    said = refused(graph, program)
    assert re.search(rf"^  {LATE[name].code}: \S+::{name}: .+; .+$", said, re.MULTILINE), said


def test_another_program_in_the_same_process_is_not_held_against_these_rules(graph: BUILT) -> None:
    graph(lambda: enforce(requirements(), (), TODAY))

    assert graph(lambda: VIOLATIONS["function"].program("x"), anything=True).counts["gcp:cloudfunctionsv2/function:Function"] == 1
