"""What Google refuses of scheduled jobs and of triggers that hear them, the twin refuses too; and whom its clock wakes."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest

from groundwork.twin.cloudbuild import history
from groundwork.twin.cloudscheduler.scheduler import strike
from tests.unit.twin.conftest import PROJECT, REGION, RUNNER, Cloud

JOB, TRIGGER, TOPIC = "job:Job", "trigger:Trigger", "topic:Topic"
TICKS = f"projects/{PROJECT}/topics/ticks"


def job(**given: Any) -> dict[str, Any]:
    target = {"topicName": TICKS, "data": "dGlja3M="}
    return {"name": "ticks", "region": REGION, "schedule": "*/5 * * * *", "pubsubTarget": target, **given}


def listening(trigger: dict[str, Any], **given: Any) -> dict[str, Any]:
    """Return the trigger as one that listens instead."""
    own = {name: value for name, value in trigger.items() if name not in {"repositoryEventConfig", "substitutions"}}
    return {**own, "name": "forecasting-tick", "pubsubConfig": {"topic": TICKS}, **given}


@pytest.fixture
def ticking(cloud: Cloud) -> Cloud:
    cloud.enable("cloudscheduler")
    cloud.account()
    cloud.make(TOPIC, name="ticks")
    return cloud


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"schedule": "every 5 minutes"}, "no valid schedule"),
        ({"name": "five minutes"}, "no valid name"),
        ({"pubsubTarget": {"topicName": TICKS}}, "has `data`, or at least one of `attributes`"),
        ({"httpTarget": {"uri": "https://northwind.example"}}, "httpTarget"),
    ],
)
def test_a_job_that_google_would_refuse_is_refused(bare: Cloud, given: dict[str, Any], why: str) -> None:
    (fault,) = bare.faults(JOB, **job(**given))
    assert re.search(why, fault), fault


def test_a_job_cannot_publish_to_what_is_not_there(cloud: Cloud) -> None:
    cloud.enable("cloudscheduler")
    assert f"topic {TICKS} does not exist" in cloud.refused(JOB, **job())


def test_a_trigger_hears_a_repository_or_a_topic_and_not_both(bare: Cloud, trigger: dict[str, Any]) -> None:
    (both,) = bare.faults(TRIGGER, **{**trigger, "pubsubConfig": {"topic": TICKS}})
    (neither,) = bare.faults(TRIGGER, **listening(trigger, pubsubConfig=None))

    assert both == neither == "a trigger has a `repository_event_config` or a `pubsub_config`, and only one"


def test_a_trigger_cannot_listen_to_what_is_not_there(cloud: Cloud, trigger: dict[str, Any]) -> None:
    cloud.account()
    assert f"topic {TICKS} does not exist" in cloud.refused(TRIGGER, **listening(trigger))


def test_the_clock_wakes_who_listens_to_its_topic_as_their_account_and_nobody_else(
    ticking: Cloud, trigger: dict[str, Any]
) -> None:
    ticking.make(JOB, **job())
    ticking.make(TOPIC, name="others")
    ticking.make(TRIGGER, **listening(trigger))
    ticking.make(TRIGGER, **listening(trigger, name="deaf", disabled=True))
    ticking.make(TRIGGER, **listening(trigger, name="other", pubsubConfig={"topic": TICKS.replace("ticks", "others")}))

    (build,) = strike(ticking.home, PROJECT, io.StringIO(), lambda: "")
    assert [build] == history.all_builds(ticking.home)
    assert ("forecasting-tick", RUNNER, "") == (build.trigger, build.service_account, build.commit)


def test_a_paused_job_wakes_nobody_nor_does_another_project_s(ticking: Cloud, trigger: dict[str, Any]) -> None:
    ticking.make(JOB, **job(paused=True))
    ticking.make(TRIGGER, **listening(trigger))

    assert [] == strike(ticking.home, PROJECT, io.StringIO(), lambda: "")
    assert [] == strike(ticking.home, "another-project", io.StringIO(), lambda: "")
