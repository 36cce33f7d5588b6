"""What a promotion of every kind of effect leaves, and what is told of an effect that cannot be rolled back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from groundwork.contract.ledger_records import Planned, Reverted
from groundwork.factory.machine import Outcome, PromotionLog, Rejected, Step
from tests.unit.factory.generic import KEPT, evaluate, refused_at_the_end, steps, supersede
from tests.unit.factory.world import Harness, World

WAYS: dict[str, Callable[[], Harness]] = {
    "promoted": lambda: Harness(steps, evaluate(approved=True)),
    "rejected": lambda: Harness(steps, evaluate(approved=False)),
    "superseded": lambda: Harness(steps, supersede),
    "rejected with everything made": lambda: Harness(refused_at_the_end, evaluate(approved=True)),
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
    kept = world.live["objects"]
    assert isinstance(kept, dict)
    assert {f"{KEPT}/{name}" for name in ("notebook.ipynb", "report.html", "tables/forecasts.parquet")} == {
        f"gs://{name}" for name in kept
    }
    assert [("1", ("champion",))] == [(each.version, each.aliases) for each in world.models.made]
    assert [] == world.live["open"]
    assert set() == world.live["stacks"]


@pytest.mark.parametrize("call", ["models.delete", "git_provider.close", "warehouse.retract", "schedules.put"])
def test_what_cannot_be_rolled_back_is_listed_and_the_others_are_rolled_back(call: str) -> None:
    harness = Harness(lambda world: _refusing(world, call), evaluate(approved=True))
    outcome = harness.to_the_end()

    assert outcome.ending == "rejected"
    assert 1 <= len(outcome.leftovers) <= 2, outcome.leftovers
    assert all(f"the factory lacks {call}" in each for each in outcome.leftovers)
    log = harness.promotion_log()
    planned, reverted = log.all(Planned), log.all(Reverted)
    assert len(planned) - len(outcome.leftovers) == len(reverted)

    harness.world.clock.denied = None
    assert ((), World().live) == (harness.to_the_end().leftovers, harness.world.live)


def _refusing(world: World, call: str) -> Sequence[Step]:
    """Make everything, then reject it while one call is refused."""

    def reject(_: PromotionLog) -> Rejected:
        world.clock.denied = call
        return Rejected("it cannot be merged")

    return [*steps(world)[:-1], Step("merge", reject)]
