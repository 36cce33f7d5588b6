"""Secrets, connections, repositories and triggers: what a push needs to start a build."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from groundwork.twin.core.resource_type import UNKNOWN
from groundwork.twin.secretmanager.resources import find_version

if TYPE_CHECKING:
    from tests.unit.twin.conftest import Cloud

GITHUB = "projects/northwind-ml-dev/secrets/github-token"


def secret(cloud: Cloud) -> str:
    return cloud.make("secret:Secret", secretId="github-token", replication={"auto": {}})


def version(cloud: Cloud, data: str) -> str:
    return cloud.make("secretVersion:SecretVersion", secret=GITHUB, secretData=data)


def data(cloud: Cloud, name: str) -> str | None:
    found = find_version(cloud.store, f"{GITHUB}/versions/{name}")
    return str(found["secretData"]) if found else None


def test_a_version_needs_its_secret(cloud: Cloud) -> None:
    assert f"secret {GITHUB} does not exist" in cloud.refused("secretVersion:SecretVersion", secret=GITHUB, secretData="x")


def test_versions_are_numbered_and_the_newest_is_the_latest(cloud: Cloud) -> None:
    secret(cloud)
    assert [version(cloud, str(number)) for number in range(11)] == [f"{GITHUB}/versions/{number}" for number in range(1, 12)]
    assert (data(cloud, "latest"), data(cloud, "3"), data(cloud, "12")) == ("10", "2", None)


def test_the_same_payload_keeps_its_number(cloud: Cloud) -> None:
    """So that an interrupted `up` finds the version that it made."""
    secret(cloud)
    version(cloud, "old")
    assert version(cloud, "old") == version(cloud, "old")


def test_a_disabled_version_cannot_be_used(cloud: Cloud) -> None:
    secret(cloud)
    id_ = version(cloud, "x")
    cloud.update("secretVersion:SecretVersion", id_, secret=GITHUB, secretData="x", enabled=False)
    assert data(cloud, "latest") is None


def test_a_payload_is_only_in_a_file_of_the_owner(cloud: Cloud) -> None:
    secret(cloud)
    version(cloud, "very-hidden")
    holding = [path for path in cloud.store.root.rglob("*") if path.is_file() and b"very-hidden" in path.read_bytes()]
    assert [path.parent.name for path in holding] == ["secrets"]


def test_a_secret_takes_its_versions_along(cloud: Cloud) -> None:
    id_ = secret(cloud)
    version(cloud, "x")
    cloud.delete("secret:Secret", id_)
    secret(cloud)
    assert data(cloud, "latest") is None


def test_a_connection_needs_a_token(cloud: Cloud, connection: dict[str, Any]) -> None:
    assert "versions/latest does not exist" in cloud.refused("cloudbuildv2/connection:Connection", **connection)


def test_a_connection_needs_an_agent_that_may_read_the_token(cloud: Cloud, connection: dict[str, Any]) -> None:
    secret(cloud)
    version(cloud, "x")
    assert "Cloud Build cannot read" in cloud.refused("cloudbuildv2/connection:Connection", **connection)

    cloud.make("serviceIdentity:ServiceIdentity", service="cloudbuild.googleapis.com")
    assert "lacks secretmanager.versions.access" in cloud.refused("cloudbuildv2/connection:Connection", **connection)


def test_a_repository_needs_its_connection(cloud: Cloud, repository: dict[str, Any]) -> None:
    assert "connections/github does not exist" in cloud.refused("cloudbuildv2/repository:Repository", **repository)


def test_a_repository_must_be_there(cloud: Cloud, repository: dict[str, Any]) -> None:
    cloud.repository()
    other = {**repository, "name": "other", "remoteUri": "https://github.com/northwind/other.git"}
    assert "northwind/other.git does not exist" in cloud.refused("cloudbuildv2/repository:Repository", **other)


def test_a_trigger_is_made_when_everything_is_there(cloud: Cloud, trigger: dict[str, Any]) -> None:
    cloud.repository()
    cloud.account()
    id_ = cloud.make("trigger:Trigger", **trigger)
    found = cloud.read("trigger:Trigger", id_)
    assert found
    assert found["build"] == trigger["build"]
    assert found["disabled"] is False


def test_a_trigger_needs_its_account(cloud: Cloud, trigger: dict[str, Any]) -> None:
    cloud.repository()
    assert "service account forecasting-runner@" in cloud.refused("trigger:Trigger", **trigger)


def test_a_trigger_needs_its_repository(cloud: Cloud, trigger: dict[str, Any]) -> None:
    cloud.account()
    assert "repositories/forecasting does not exist" in cloud.refused("trigger:Trigger", **trigger)


def test_a_trigger_and_its_repository_share_one_region(cloud: Cloud, trigger: dict[str, Any]) -> None:
    cloud.repository()
    cloud.account()
    assert "is not in global; put the trigger and its repository into one region" in cloud.refused(
        "trigger:Trigger", **{**trigger, "location": "global"}
    )


def put(given: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(given)
    *way, last = path
    inner: Any = changed
    for part in way:
        inner = inner[part]
    inner[last] = value
    return changed


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (("build", "availableSecrets"), {}, "the twin cannot do `build.availableSecrets` of Cloud Build"),
        (("build", "steps", 0, "secretEnvs"), ["A"], "the twin cannot do `build.steps[0].secretEnvs` of Cloud Build"),
        (("build", "steps", 0, "volumes"), [{}], "the twin cannot do `build.steps[0].volumes` of Cloud Build"),
        (("build", "options", "diskSizeGb"), 1, "the twin cannot do `build.options.diskSizeGb` of Cloud Build"),
        (("repositoryEventConfig", "manual"), {}, "the twin cannot do `repositoryEventConfig.manual` of Cloud Build"),
        (
            ("repositoryEventConfig", "pullRequest"),
            {"branch": "^main$"},
            "`push.branch` or `pullRequest.branch` is required, and only one",
        ),
        (("repositoryEventConfig", "pullRequest"), {"tag": "x"}, "the twin cannot do `repositoryEventConfig.pullRequest.tag`"),
        (
            ("repositoryEventConfig", "pullRequest"),
            {"commentControl": "COMMENTS"},
            "`pullRequest.commentControl` is `COMMENTS`; it is one of COMMENTS_DISABLED, COMMENTS_ENABLED",
        ),
        (("repositoryEventConfig", "push", "tag"), ".*", "the twin cannot do `repositoryEventConfig.push.tag` of Cloud Build"),
        (("repositoryEventConfig", "push", "branch"), "(", "`(` is not a regular expression"),
        (("repositoryEventConfig", "push"), {}, "`push.branch` or `pullRequest.branch` is required"),
        (("build", "steps"), [], "a build needs at least one step"),
        (("build", "steps", 0, "name"), "", "`build.steps[0].name`, the image that the step runs in, is required"),
        (("build", "steps", 0, "script"), "true", "`build.steps[0]` has a script and arguments or an entrypoint"),
        (("build", "steps", 0, "timeout"), "5m", "`build.steps[0].timeout` is `5m`; write seconds, such as 600s"),
        (("build", "timeout"), "1h", "`build.timeout` is `1h`; write seconds, such as 600s"),
        (("build", "options"), {}, "a build under a service account of its own needs `options.logging`"),
        (("substitutions", "TARGET"), "main", "`TARGET` is not a substitution's name"),
        (("substitutions", "_LONG"), "x" * 4001, "the value of _LONG is longer than 4000 characters"),
        (("filename",), "cloudbuild.yaml", "the twin does not know `filename`"),
    ],
)
def test_a_trigger_whose_builds_could_not_run_is_refused_at_preview(
    cloud: Cloud, trigger: dict[str, Any], path: tuple[Any, ...], value: Any, reason: str
) -> None:
    (fault,) = cloud.faults("trigger:Trigger", **put(trigger, path, value))
    assert fault.startswith(reason)


@pytest.mark.parametrize("path", [("build",), ("build", "steps"), ("repositoryEventConfig",), ("repositoryEventConfig", "push")])
def test_what_is_not_known_yet_is_no_fault(cloud: Cloud, trigger: dict[str, Any], path: tuple[Any, ...]) -> None:
    assert cloud.faults("trigger:Trigger", **put(trigger, path, UNKNOWN)) == []


def test_a_trigger_keeps_its_id_under_every_change_but_of_name_and_place(cloud: Cloud, trigger: dict[str, Any]) -> None:
    trigger_type = cloud.resource_type("trigger:Trigger")
    given = cloud.given("trigger:Trigger", trigger)
    assert trigger_type.id(given) == trigger_type.id({**given, "disabled": True})
    assert trigger_type.id(given) != trigger_type.id({**given, "name": "another"})


def test_an_instance_needs_its_account(cloud: Cloud) -> None:
    setup = {"serviceAccounts": [{"email": "ada-workbench@northwind-ml-dev.iam.gserviceaccount.com"}]}
    reason = cloud.refused("workbench/instance:Instance", name="ada", location="europe-west2-b", gceSetup=setup)
    assert "service account ada-workbench@northwind-ml-dev.iam.gserviceaccount.com does not exist" in reason


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"instanceOwners": ["a@b.c", "d@e.f"]}, "an instance has one owner at most"),
        (
            {"gceSetup": {"vmImage": {"family": "a"}, "containerImage": {"repository": "b"}}},
            "an instance starts from `vmImage` or",
        ),
        ({"gceSetup": {"acceleratorConfigs": []}}, "the twin does not know acceleratorConfigs"),
    ],
)
def test_an_instance_that_google_would_not_start_is_refused_at_preview(cloud: Cloud, inputs: dict[str, Any], reason: str) -> None:
    (fault,) = cloud.faults("workbench/instance:Instance", name="ada", location="europe-west2-b", **inputs)
    assert fault.startswith(reason)
