"""What `Schedules` does on every cloud."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from groundwork.ports.errors import Absent, Conflict, Denied
from groundwork.ports.schedules import Schedule
from groundwork.twin.core.store import Store
from groundwork.twin.vertex.schedules_client import twin_schedules

if TYPE_CHECKING:
    from groundwork.ports.schedules import Schedules
    from tests.contract.conftest import World

BUCKET = "northwind-ml-dev-records"


def schedules_of(world: World, identity: str | None = None) -> Schedules:
    """Return the schedules, through a connection of its own as another process has one."""
    return twin_schedules(Store(Path(world.connection.removeprefix("twin:"))), identity, world.project)


def stored(world: World, text: bytes) -> tuple[str, str]:
    """Return place and digest of a compiled pipeline."""
    digest = hashlib.sha256(text).hexdigest()
    place = f"gs://{BUCKET}/pipelines/{digest}.yaml"
    world.platform().objects.pipe_file(place, text)
    return place, f"sha256:{digest}"


@pytest.fixture
def weekly(world: World) -> Schedule:
    world.make_bucket(BUCKET)
    place, digest = stored(world, b"weekly")
    return Schedule(cron="0 5 * * 1", pipeline=place, digest=digest, service_account=world.make_account("runner-one"))


def test_a_schedule_comes_changes_and_goes(world: World, weekly: Schedule) -> None:
    schedules = schedules_of(world)
    daily = replace(weekly, cron="*/30 1-5,7 * * *")
    assert schedules.get("forecasting") is None
    for before, after in ((None, weekly), (weekly, daily), (daily, None)):
        for _ in range(2):
            schedules.put("forecasting", after, expected=before)
            assert schedules_of(world).get("forecasting") == after


def test_a_schedule_that_is_not_as_expected_stays(world: World, weekly: Schedule) -> None:
    schedules = schedules_of(world)
    schedules.put("forecasting", weekly, expected=None)
    daily = replace(weekly, cron="0 5 * * *")
    for after, expected in ((daily, None), (daily, replace(weekly, cron="1 5 * * *")), (None, daily)):
        with pytest.raises(Conflict, match="not as expected"):
            schedules.put("forecasting", after, expected=expected)
    assert schedules.get("forecasting") == weekly


def test_of_many_who_schedule_at_once_one_wins(world: World, weekly: Schedule) -> None:
    def put(minute: int) -> Schedule | None:
        given = replace(weekly, cron=f"{minute} 5 * * 1")
        try:
            schedules_of(world).put("forecasting", given, expected=None)
        except Conflict:
            return None
        return given

    with ThreadPoolExecutor(8) as threads:
        won = [given for given in threads.map(put, range(8)) if given]
    assert [schedules_of(world).get("forecasting")] == won


def test_pipeline_and_identity_must_be_there(world: World, weekly: Schedule) -> None:
    for wrong in (
        replace(weekly, pipeline=f"gs://{BUCKET}/pipelines/gone.yaml"),
        replace(weekly, service_account=f"nobody-here@{world.project}.iam.gserviceaccount.com"),
    ):
        with pytest.raises(Absent):
            schedules_of(world).put("forecasting", wrong, expected=None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"cron": "every day"}, {"cron": "60 * * * *"}, {"cron": "0 5 * *"}, {"cron": "5-1 * * * *"}, {"cron": "*/0 * * * *"},
        {"digest": "sha256:" + "0" * 64}, {"digest": "latest"}, {"pipeline": "https://elsewhere"},
        {"pipeline": f"gs://{BUCKET}/../x"},
    ],
)  # fmt: skip
def test_what_cannot_be_scheduled_is_a_conflict(world: World, weekly: Schedule, wrong: dict[str, str]) -> None:
    with pytest.raises(Conflict):
        schedules_of(world).put("forecasting", replace(weekly, **wrong), expected=None)
    assert schedules_of(world).get("forecasting") is None


def test_whoever_schedules_must_be_allowed_to_act_as_the_identity(world: World, weekly: Schedule) -> None:
    on = f"projects/{world.project}"
    scheduler = world.make_account(
        "scheduler-one", {"roles/aiplatform.user": on, "roles/storage.objectViewer": f"buckets/{BUCKET}"}
    )
    with pytest.raises(Denied, match=rf"iam\.serviceAccounts\.actAs on {on}/serviceAccounts/{weekly.service_account}"):
        schedules_of(world, scheduler).put("forecasting", weekly, expected=None)
    schedules_of(world).put("forecasting", weekly, expected=None)
    schedules_of(world, scheduler).put("forecasting", None, expected=weekly)
    assert schedules_of(world).get("forecasting") is None


def test_who_may_only_look_changes_nothing(world: World, weekly: Schedule) -> None:
    viewer = world.make_account("viewer-only", {"roles/aiplatform.viewer": f"projects/{world.project}"})
    with pytest.raises(Denied, match=r"aiplatform\.schedules\.create"):
        schedules_of(world, viewer).put("forecasting", weekly, expected=None)
    schedules_of(world).put("forecasting", weekly, expected=None)
    assert schedules_of(world, viewer).get("forecasting") == weekly
    for after, permission in ((None, "delete"), (replace(weekly, cron="0 6 * * 1"), "update")):
        with pytest.raises(Denied, match=rf"aiplatform\.schedules\.{permission}"):
            schedules_of(world, viewer).put("forecasting", after, expected=weekly)
