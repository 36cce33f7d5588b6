"""The factory's own steps, killed or cut off at any call of a port and any write of the ledger."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from groundwork.factory import audit
from tests.unit.factory.promoted import (  # fmt: skip
    COMMIT,
    LATER,
    Story,
    at_its_last_branch,
    in_development,
    in_memory,
    in_production,
    not_merged,
    of_a_person,
    push,
)
from tests.unit.factory.world import LEDGER

Ends = dict[str, tuple[str, tuple[str, ...]]]


def refused_by_the_gate() -> Story:
    story = in_development(push("feature/x", COMMIT), approved=None)
    story.world.error = "0.3"
    return story


WAYS: dict[str, tuple[Callable[[], Story], set[str]]] = {
    "merged": (lambda: in_development(push("feature/x", COMMIT), approved=True), {"promoted"}),
    "rejected": (lambda: in_development(push("feature/x", COMMIT), approved=False), {"rejected"}),
    "rejected by the gate": (refused_by_the_gate, {"rejected"}),
    "superseded": (
        lambda: in_development(push("feature/x", COMMIT), push("feature/x", LATER), approved=False),
        {"superseded", "rejected"},
    ),
    "released and merged": (lambda: at_its_last_branch(approved=True), {"promoted"}),
    "rejected at the last branch": (lambda: at_its_last_branch(approved=False), {"rejected"}),
    "released and then not merged": (not_merged, {"rejected"}),
    "released in production": (in_production, {"promoted"}),
    "a person's, rejected": (of_a_person, {"rejected"}),
}


@pytest.fixture(autouse=True)
def _in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    in_memory(monkeypatch)


QUICK = {"rejected", "released in production"}
"""The others are deep."""


@pytest.fixture(params=[way if way in QUICK else pytest.param(way, marks=pytest.mark.deep) for way in WAYS])
def way(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def undisturbed(way: str) -> Story:
    story = WAYS[way][0]()
    story.to_the_end()
    return story


def assert_alike(calm: Ends, calm_world: object, story: Story, where: str) -> None:
    """What a later push overtook before there was a record of it has no ending."""
    ends = story.ends()
    wanted = {id_: end for id_, end in calm.items() if id_ in ends or end[0] != "superseded"}
    assert (wanted, calm_world) == (ends, story.world.live), where


def test_undisturbed_it_ends_as_people_decided_and_leaves_what_it_should(way: str) -> None:
    story, ends = undisturbed(way), WAYS[way][1]
    assert ends == {state for state, _ in story.ends().values()}, story.said
    assert (WAYS[way][0]().world.live != story.world.live) == ("promoted" in ends)
    assert len(story.world.clock.calls) >= 100


def kill_at_calls(way: str, step: int) -> None:
    """Kill the process at each `step`th call of a port, in a promotion of its own; each ends like the undisturbed one."""
    calm = undisturbed(way)
    ends, live = calm.ends(), calm.world.live
    for call in range(1, len(calm.world.clock.calls) + 1, step):
        story = WAYS[way][0]()
        story.world.clock.kill_at = call
        story.to_the_end()
        where = f"killed at call {call}, {calm.world.clock.calls[call - 1]}: {story.said[-8:]}"
        assert_alike(ends, live, story, where)
        assert [] == audit.verify(story.world.objects, LEDGER), where


def test_killed_at_every_seventh_call_it_ends_as_if_undisturbed(way: str) -> None:
    kill_at_calls(way, 7)


@pytest.mark.deep
def test_killed_at_any_call_it_ends_as_if_undisturbed(way: str) -> None:
    kill_at_calls(way, 1)


@pytest.mark.deep
def test_one_process_killed_at_any_call_and_the_others_of_its_build_not_it_ends_as_if_undisturbed(way: str) -> None:
    """As the kernel kills the one that takes all memory."""
    calm = undisturbed(way)
    ends, live = calm.ends(), calm.world.live
    for call in range(1, len(calm.world.clock.calls) + 1):
        story = WAYS[way][0]()
        story.outlives, story.world.clock.kill_at = True, call
        story.to_the_end()
        assert_alike(ends, live, story, f"killed at call {call}, {calm.world.clock.calls[call - 1]}: {story.said[-8:]}")


@pytest.mark.deep
def test_what_is_unavailable_once_changes_nothing(way: str) -> None:
    """Before it did anything, and after it did."""
    calm = undisturbed(way)
    ends, live = calm.ends(), calm.world.live
    for call in range(1, len(calm.world.clock.calls) + 1):
        story = WAYS[way][0]()
        story.world.clock.unavailable_at = call
        story.to_the_end()
        where = f"out at call {call}, {calm.world.clock.calls[call - 1]}: {story.said[-8:]}"
        assert_alike(ends, live, story, where)


def test_what_is_always_refused_ends_in_nothing_or_in_a_list_and_later_in_nothing(way: str) -> None:
    calm, before = undisturbed(way), WAYS[way][0]().world.live
    for call in sorted(set(calm.world.clock.calls)):
        story = WAYS[way][0]()
        story.world.clock.denied = call
        for state, leftovers in story.to_the_end(reconciliations=3).values():
            assert all("`" in each or ":" in each for each in leftovers), f"{call}: {state}, {leftovers}"
        story.world.clock.denied = None
        story.to_the_end()
        states = {state for state, _ in story.ends().values()}
        where = f"after {call} was refused: {states}, {story.said[-8:]}"
        assert not any(leftovers for _, leftovers in story.ends().values()), where
        assert (calm.world.live if states == WAYS[way][1] else before) == story.world.live, where


@pytest.mark.deep
@pytest.mark.parametrize("way", sorted(QUICK))
def test_while_a_call_never_gets_through_it_waits_and_then_ends_as_if_undisturbed(way: str) -> None:
    calm = undisturbed(way)
    ends, live = calm.ends(), calm.world.live
    for call in sorted(set(calm.world.clock.calls)):
        story = WAYS[way][0]()
        story.world.clock.down = call
        story.to_the_end(reconciliations=2)
        story.world.clock.down = None
        story.to_the_end()
        assert_alike(ends, live, story, f"{call} did not get through: {story.said[-8:]}")
