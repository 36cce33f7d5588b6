"""Killed, cut off or refused at any call of a port and any write of the ledger, a promotion ends as an undisturbed one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from groundwork.factory import audit
from groundwork.factory.machine import Journal, Outcome, Rejected, Step
from tests.factory.generic import judge, refused_at_the_end, steps, supersede
from tests.factory.world import LEDGER, Harness, World

WAYS: dict[str, Callable[[], Harness]] = {
    "promoted": lambda: Harness(steps, judge(approved=True)),
    "rejected": lambda: Harness(steps, judge(approved=False)),
    "superseded": lambda: Harness(steps, supersede),
    "rejected with everything made": lambda: Harness(refused_at_the_end, judge(approved=True)),
}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> Callable[[], Harness]:
    """Return what starts one promotion over and over."""
    return WAYS[request.param]


def undisturbed(way: Callable[[], Harness]) -> tuple[Outcome, World]:
    harness = way()
    return harness.to_the_end(), harness.world


def test_only_a_promotion_leaves_anything(way: Callable[[], Harness]) -> None:
    outcome, world = undisturbed(way)
    assert (World().live != world.live) == (outcome.ending == "promoted")


def test_a_promotion_keeps_what_is_not_temporary() -> None:
    outcome, world = undisturbed(WAYS["promoted"])
    assert outcome.ending == "promoted"
    assert {"northwind-ml-dev-records/candidates/forecasting-0123456789ab/report.html": b"<html>"} == world.live["objects"]
    assert [("1", ("champion",))] == [(each.version, each.aliases) for each in world.models.made]
    assert [] == world.live["open"]
    assert set() == world.live["stacks"]


def test_each_way_has_points_enough_to_be_killed_at() -> None:
    counted = {name: len(undisturbed(way)[1].clock.calls) for name, way in WAYS.items()}
    assert all(count >= 100 for count in counted.values()), counted


def test_killed_at_any_tick_it_ends_as_if_undisturbed(way: Callable[[], Harness]) -> None:
    expected, before = undisturbed(way)
    for tick in range(1, len(before.clock.calls) + 1):
        harness = way()
        harness.world.clock.kill_at = tick
        outcome = harness.to_the_end()
        where = f"killed at tick {tick}, {before.clock.calls[tick - 1]}"
        assert (expected, before.live) == (outcome, harness.world.live), where
        assert [] == audit.verify(harness.world.objects, LEDGER), where


def test_a_call_that_is_unavailable_once_changes_nothing(way: Callable[[], Harness]) -> None:
    """Before it did anything, and after it did."""
    expected, before = undisturbed(way)
    for tick in range(1, len(before.clock.calls) + 1):
        harness = way()
        harness.world.clock.unavailable_at = tick
        outcome = harness.to_the_end()
        assert (expected, before.live) == (outcome, harness.world.live), f"out at tick {tick}, {before.clock.calls[tick - 1]}"


def test_a_call_that_is_always_refused_ends_in_nothing_or_in_a_list(way: Callable[[], Harness]) -> None:
    """And when it is allowed again, the next try leaves nothing."""
    expected, before = undisturbed(way)
    for call in sorted(set(before.clock.calls)):
        harness = way()
        harness.world.clock.denied = call
        outcomes = [outcome for _ in range(4) if (outcome := harness.attempt()) and outcome.ending != "waiting"]
        if outcomes and outcomes[-1].left:
            assert all(each.strip() and ("`" in each or ":" in each) for each in outcomes[-1].left), (
                f"{call}: {outcomes[-1].left}"
            )
        elif outcomes and outcomes[-1].ending != expected.ending:
            assert World().live == harness.world.live, f"{call}: {outcomes[-1]}"
        harness.world.clock.denied = None
        outcome = harness.to_the_end()
        clean = before.live if outcome.ending == expected.ending else World().live
        assert ((), clean) == (outcome.left, harness.world.live), f"after {call} was refused"


@pytest.mark.parametrize("call", ["stacks.remove", "models.delete", "forge.close", "warehouse.retract", "schedules.put"])
def test_what_cannot_be_unmade_is_listed_and_the_others_are_unmade(call: str) -> None:
    harness = Harness(lambda world: _refusing(world, call), judge(approved=True))
    outcome = harness.to_the_end()

    assert outcome.ending == "rejected"
    assert 1 <= len(outcome.left) <= 2, outcome.left
    assert all(f"the factory lacks {call}" in each for each in outcome.left)
    made, reverted = (harness.journal().all(what) for what in ("intent", "reverted"))
    assert len(made) - len(outcome.left) == len(reverted)

    harness.world.clock.denied = None
    assert ((), World().live) == (harness.to_the_end().left, harness.world.live)


def _refusing(world: World, call: str) -> Sequence[Step]:
    """Make everything, then reject it while one call is refused."""

    def reject(_: Journal) -> Rejected:
        world.clock.denied = call
        return Rejected("it cannot be merged")

    return [*steps(world)[:-1], Step("merge", reject)]
