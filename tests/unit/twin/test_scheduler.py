"""What Google refuses of scheduled jobs and of triggers that hear them, the twin refuses too; and whom its clock wakes."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest

from groundwork.twin.cloudbuild import history
from groundwork.twin.cloudscheduler.scheduler import run_due_jobs
from tests.unit.twin.conftest import PROJECT, REGION, RUNNER, Cloud

JOB, TRIGGER, TOPIC = "job:Job", "trigger:Trigger", "topic:Topic"
RECONCILE = f"projects/{PROJECT}/topics/reconciliations"


def job(**given: Any) -> dict[str, Any]:
    target = {"topicName": RECONCILE, "data": "dGlja3M="}
    return {"name": "reconciliations", "region": REGION, "schedule": "*/5 * * * *", "pubsubTarget": target, **given}


def listening(trigger: dict[str, Any], **given: Any) -> dict[str, Any]:
    """Return the trigger as one that listens instead."""
    own = {name: value for name, value in trigger.items() if name not in {"repositoryEventConfig", "substitutions"}}
    return {**own, "name": "forecasting-reconcile", "pubsubConfig": {"topic": RECONCILE}, **given}


@pytest.fixture
def reconciliation(cloud: Cloud) -> Cloud:
    cloud.enable("cloudscheduler")
    cloud.account()
    cloud.make(TOPIC, name="reconciliations")
    return cloud


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"schedule": "every 5 minutes"}, "not a valid schedule"),
        ({"name": "five minutes"}, "not a valid name"),
        ({"pubsubTarget": {"topicName": RECONCILE}}, "has `data`, or at least one of `attributes`"),
        ({"httpTarget": {"uri": "https://northwind.example"}}, "httpTarget"),
    ],
)
def test_a_job_that_google_would_refuse_is_refused(bare: Cloud, given: dict[str, Any], why: str) -> None:
    (fault,) = bare.faults(JOB, **job(**given))
    assert re.search(why, fault), fault


def test_a_job_cannot_publish_to_what_is_not_there(cloud: Cloud) -> None:
    cloud.enable("cloudscheduler")
    assert f"topic {RECONCILE} does not exist" in cloud.refused(JOB, **job())


def test_a_trigger_hears_a_repository_or_a_topic_and_not_both(bare: Cloud, trigger: dict[str, Any]) -> None:
    (both,) = bare.faults(TRIGGER, **{**trigger, "pubsubConfig": {"topic": RECONCILE}})
    (neither,) = bare.faults(TRIGGER, **listening(trigger, pubsubConfig=None))

    assert both == neither == "a trigger has a `repository_event_config` or a `pubsub_config`, and only one"


def test_a_trigger_cannot_listen_to_what_is_not_there(cloud: Cloud, trigger: dict[str, Any]) -> None:
    cloud.account()
    assert f"topic {RECONCILE} does not exist" in cloud.refused(TRIGGER, **listening(trigger))


def test_the_clock_wakes_who_listens_to_its_topic_as_their_account_and_nobody_else(
    reconciliation: Cloud, trigger: dict[str, Any]
) -> None:
    reconciliation.make(JOB, **job())
    reconciliation.make(TOPIC, name="others")
    reconciliation.make(TRIGGER, **listening(trigger))
    reconciliation.make(TRIGGER, **listening(trigger, name="deaf", disabled=True))
    reconciliation.make(
        TRIGGER, **listening(trigger, name="other", pubsubConfig={"topic": RECONCILE.replace("reconciliations", "others")})
    )

    (build,) = run_due_jobs(reconciliation.store, PROJECT, io.StringIO(), lambda: "")
    assert [build] == history.all_builds(reconciliation.store)
    assert ("forecasting-reconcile", RUNNER, "") == (build.trigger, build.service_account, build.commit)


def test_a_paused_job_wakes_nobody_nor_does_another_project_s(reconciliation: Cloud, trigger: dict[str, Any]) -> None:
    reconciliation.make(JOB, **job(paused=True))
    reconciliation.make(TRIGGER, **listening(trigger))

    assert [] == run_due_jobs(reconciliation.store, PROJECT, io.StringIO(), lambda: "")
    assert [] == run_due_jobs(reconciliation.store, "another-project", io.StringIO(), lambda: "")
