"""Who may start what: a trigger by hand, or by a message, as Google asks."""

from __future__ import annotations

import io
from typing import Any

import pytest

from groundwork.ports.errors import Conflict, Denied
from groundwork.twin.cloudbuild import history
from groundwork.twin.cloudbuild.manual_run import run_trigger
from groundwork.twin.cloudbuild.matching import Push
from groundwork.twin.pubsub.delivery import publish
from tests.unit.twin.conftest import PROJECT, RUNNER, Cloud

TRIGGER, TOPIC = "trigger:Trigger", "topic:Topic"
ASKS = f"projects/{PROJECT}/topics/asks"
NOWHERE = Push(branch="", before=None, commit="", files=())
ROLES = {"builder": "roles/cloudbuild.builds.editor", "approver": "roles/cloudbuild.builds.approver"}


def asked(trigger: dict[str, Any], **given: Any) -> dict[str, Any]:
    """Return the trigger as one that hears of what somebody asks for."""
    own = {name: value for name, value in trigger.items() if name != "repositoryEventConfig"}
    bound = {"_BY": "$(body.message.attributes.by)"}
    return {**own, "name": "ask", "pubsubConfig": {"topic": ASKS}, "substitutions": bound, "build": BUILD, **given}


BUILD = {
    "steps": [{"name": "image@sha256:1", "entrypoint": "echo", "args": ["<$_BY ${_FACTORY}>"]}],
    "options": {"logging": "NONE"},
}


@pytest.fixture
def asking(cloud: Cloud) -> Cloud:
    cloud.account()
    cloud.make(TOPIC, name="asks")
    for name, role in ROLES.items():
        cloud.make("projects/iAMMember:IAMMember", project=PROJECT, role=role, member=cloud.account(name))
    return cloud


def email(name: str) -> str:
    return f"{name}@{PROJECT}.iam.gserviceaccount.com"


def run(cloud: Cloud, trigger: str, who: str, **substitutions: str) -> str:
    """Run a trigger by hand and return what its build said."""
    build = run_trigger(cloud.store, email(who), trigger, NOWHERE, substitutions, io.StringIO(), lambda: "")
    return history.log_path(cloud.store, build.id).read_text()


def test_whoever_may_create_builds_runs_any_trigger_as_its_account_and_nobody_else_does(
    asking: Cloud, trigger: dict[str, Any]
) -> None:
    id_ = asking.make(TRIGGER, **asked(trigger))

    assert f"as {RUNNER}" in run(asking, id_, "builder", _BY="mallory")
    with pytest.raises(Denied, match=r"lacks cloudbuild\.builds\.create"):
        run(asking, id_, "approver")


def test_what_stands_in_the_build_no_caller_changes(asking: Cloud, trigger: dict[str, Any]) -> None:
    step = {"name": "image@sha256:1", "entrypoint": "echo", "args": ["<thresholds>"]}
    id_ = asking.make(TRIGGER, **asked(trigger, build={**BUILD, "steps": [step]}, substitutions=None))

    assert "<thresholds>" in run(asking, id_, "builder", _FACTORY="other", _IMAGE="other")


def test_a_trigger_that_waits_for_approval_is_run_by_nobody(asking: Cloud, trigger: dict[str, Any]) -> None:
    id_ = asking.make(TRIGGER, **asked(trigger, approvalConfig={"approvalRequired": True}))

    with pytest.raises(Conflict, match="waits for approval"):
        run(asking, id_, "builder")


def test_a_message_tells_its_attributes_to_who_listens_and_only_those_who_may_publish_send_one(
    asking: Cloud, trigger: dict[str, Any]
) -> None:
    asking.make(TRIGGER, **asked(trigger))

    (build,) = publish(asking.store, None, ASKS, {"by": "$grace ${_FACTORY}"}, io.StringIO(), lambda: "")
    assert "<$grace ${_FACTORY} >" in history.log_path(asking.store, build.id).read_text()
    with pytest.raises(Denied, match=r"lacks pubsub\.topics\.publish"):
        publish(asking.store, email("builder"), ASKS, {}, io.StringIO(), lambda: "")
