"""What every `Builds` does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from groundwork.ports.builds import Build, BuildStep
from groundwork.ports.errors import Absent

if TYPE_CHECKING:
    from tests.contract.conftest import World


def build(id_: str, minute: int) -> Build:
    return Build(
        id=id_,
        project="northwind-ml-dev",
        trigger="forecasting-push",
        branch="feature/x",
        commit="c0ffee",
        status="SUCCESS",
        service_account="forecasting-runner@northwind-ml-dev.iam.gserviceaccount.com",
        created=datetime(2026, 1, 1, 9, minute, tzinfo=UTC),
        finished=datetime(2026, 1, 1, 10, minute, tzinfo=UTC),
        steps=(BuildStep(id="execute", status="SUCCESS", seconds=1.5),),
        error="",
    )


def test_builds_are_listed_newest_first(world: World) -> None:
    older, newer = build("older", 1), build("newer", 2)
    for made in (older, newer):
        world.make_build(made, "")
    assert world.platform().builds.builds() == [newer, older]


def test_a_build_and_its_log_are_found_by_id(world: World) -> None:
    made = build("b1", 1)
    world.make_build(made, "step 0: history\n")
    assert world.platform().builds.get("b1") == made
    assert world.platform().builds.log("b1") == "step 0: history\n"


def test_a_build_that_is_not_there_is_absent(world: World) -> None:
    with pytest.raises(Absent, match="`gone`"):
        world.platform().builds.get("gone")
    with pytest.raises(Absent, match="`gone`"):
        world.platform().builds.log("gone")
