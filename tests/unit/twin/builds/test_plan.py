"""A trigger's inline build is read into steps, or refused as a whole."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from groundwork.errors import GroundworkError
from groundwork.twin.cloudbuild.images import bare, builds_containers
from groundwork.twin.cloudbuild.plan import plan
from groundwork.twin.cloudbuild.step_environment import Worker, step_environment
from groundwork.twin.cloudbuild.substitutions import Substitutions


def read(*steps: dict[str, Any], **build: Any) -> Any:
    values = Substitutions(builtin={"BUILD_ID": "b1"}, user={"_IMAGE": "python:3.11", "_DIR": "pipelines"}, loose=True)
    return plan({"steps": list(steps), **build}, values)


def test_everything_but_scripts_is_filled() -> None:
    step = {"name": "${_IMAGE}", "entrypoint": "$BUILD_ID", "args": ["<$_DIR>"], "dir": "$_DIR", "envs": ["A=$BUILD_ID=x"]}
    filled, script = read(step, {"name": "x", "script": "echo $HOME"}).steps
    assert (filled.image, filled.program, filled.folder) == ("python:3.11", ("b1", "<pipelines>"), PurePosixPath("pipelines"))
    assert filled.environment == {"A": "b1=x"}
    assert script.script == "echo $HOME"


def test_steps_wait_for_all_before_them_or_for_those_they_name() -> None:
    steps: list[dict[str, Any]] = [{"id": "a"}, {"id": "b", "waitFors": ["-"]}, {"id": "c", "waitFors": ["a"]}, {"id": "d"}]
    given: list[dict[str, Any]] = [{"name": "x", "script": "ls", **step} for step in steps]
    waits = [step.waits for step in read(*given).steps]
    assert waits == [set(), set(), {0}, {0, 1, 2}]


def test_a_steps_environment_comes_after_the_builds() -> None:
    (step,) = read({"name": "x", "script": "ls", "envs": ["A=2"]}, options={"envs": ["A=1", "B=1"]}).steps
    assert step.environment == {"A": "2", "B": "1"}


def test_the_checkout_is_where_google_has_it() -> None:
    steps = read(*({"name": "x", "script": "ls", "dir": place} for place in ("/workspace", "/workspace/sub/", "sub"))).steps
    assert [step.folder for step in steps] == [PurePosixPath(), PurePosixPath("sub"), PurePosixPath("sub")]


@pytest.mark.parametrize(
    "build",
    [
        {"images": ["eu.gcr.io/p/i:$_TAG"]},
        {"tags": ["${_TAG}"]},
        {"logsBucket": "gs://logs-$_TAG"},
        {"options": {"envs": ["A=$_TAG"]}},
        {"artifacts": {"images": ["eu.gcr.io/p/i:$_TAG"]}},
        {"artifacts": {"objects": {"location": "gs://b/$_TAG", "paths": ["x"]}}},
        {"artifacts": {"objects": {"location": "gs://b", "paths": ["$_TAG.csv"]}}},
    ],
)
def test_a_substitution_that_is_used_beside_the_steps_is_used(build: dict[str, Any]) -> None:
    given = {"steps": [{"name": "x", "script": "ls"}], **build}
    plan(given, Substitutions(builtin={}, user={"_TAG": "v1"}, loose=False))
    with pytest.raises(GroundworkError, match="asks for the substitution `_TAG`, which nobody gives"):
        plan(given, Substitutions(builtin={}, user={}, loose=False))


@pytest.mark.parametrize(
    ("build", "step", "mapped"), [(True, None, True), (True, False, False), (None, True, True), (None, None, False)]
)
def test_substitutions_are_mapped_into_the_environment_when_asked(*, build: bool | None, step: bool | None, mapped: bool) -> None:
    (read_step,) = read(
        {"name": "x", "script": "ls", "automapSubstitutions": step}, options={"automapSubstitutions": build}
    ).steps
    assert ("BUILD_ID" in read_step.environment) is mapped


def test_time_limits_are_googles_durations() -> None:
    planned = read({"name": "x", "script": "ls", "timeout": "1.5s"}, timeout="600s")
    assert (planned.seconds, planned.steps[0].seconds) == (600.0, 1.5)
    assert read({"name": "x", "script": "ls"}).seconds == 3600.0


@pytest.mark.parametrize(
    ("steps", "build", "code"),
    [
        ([], {}, "build-invalid"),
        ([{"script": "ls"}], {}, "build-invalid"),
        ([{"name": "x"}], {}, "unknown-image"),
        ([{"name": "x", "script": "ls", "args": ["a"]}], {}, "build-invalid"),
        ([{"name": "x", "script": "ls", "dir": "/etc"}], {}, "step-folder"),
        ([{"name": "x", "script": "ls", "dir": "a/../.."}], {}, "step-folder"),
        ([{"name": "x", "script": "ls", "dir": "/workspace/../etc"}], {}, "step-folder"),
        ([{"name": "x", "script": "ls", "dir": "/workspaces"}], {}, "step-folder"),
        ([{"name": "x", "script": "ls", "envs": ["A"]}], {}, "environment"),
        ([{"name": "x", "script": "ls", "timeout": "10m"}], {}, "duration"),
        ([{"name": "x", "script": "ls", "id": "a", "waitFors": ["a"]}], {}, "build-invalid"),
        ([{"name": "x", "script": "ls", "volumes": [{}]}], {}, "not-on-the-twin"),
        ([{"name": "x", "script": "ls"}], {"availableSecrets": {"secretManager": []}}, "not-on-the-twin"),
    ],
)
def test_what_is_not_understood_is_refused(steps: list[dict[str, Any]], build: dict[str, Any], code: str) -> None:
    with pytest.raises(GroundworkError) as error:
        read(*steps, **build)
    assert error.value.code == code


@pytest.mark.parametrize(
    ("image", "builds"),
    [
        ("gcr.io/cloud-builders/docker", True),
        ("gcr.io/cloud-builders/docker:latest", True),
        ("docker:27", True),
        ("gcr.io/kaniko-project/executor@sha256:abc", True),
        ("gcr.io/buildpacks/builder:v1", True),
        ("gcr.io/cloud-builders/git", False),
        ("localhost:5000/dockerize", False),
    ],
)
def test_container_builders_are_known_by_name(image: str, *, builds: bool) -> None:
    assert builds_containers(image) is builds


def test_an_image_is_named_without_tag_digest_and_default_registry() -> None:
    assert bare("docker.io/library/python:3.11@sha256:1") == "python"
    assert bare("localhost:5000/a/b") == "localhost:5000/a/b"


def test_a_container_builder_with_a_program_of_its_own_runs() -> None:
    (step,) = read({"name": "docker", "entrypoint": "sh", "args": ["-c", "ls"]}).steps
    assert (step.skipped, step.program) == (False, ("sh", "-c", "ls"))


def test_a_build_file_cannot_choose_identity_twin_or_programs() -> None:
    worker = Worker(twin=Path("/t"), build="b1", project="p", identity="r@p", store=Path("/h"), temporary=Path("/x"))
    own = {
        "GROUNDWORK_PLATFORM": "twin:/other",
        "GROUNDWORK_IDENTITY": "",
        "GROUNDWORK_BUILD": "",
        "PATH": "/evil",
        "HOME": "/root",
        "OWN": "1",
    }
    environment = step_environment(worker, 2, own)
    assert (environment["GROUNDWORK_PLATFORM"], environment["GROUNDWORK_IDENTITY"], environment["GROUNDWORK_BUILD"]) == (
        "twin:/t",
        "r@p",
        "b1",
    )
    assert (environment["HOME"], environment["OWN"]) == ("/h", "1")
    assert "/evil" not in environment["PATH"]
    assert {environment["GOOGLE_APPLICATION_CREDENTIALS"], environment["CLOUDSDK_CONFIG"]} == {"/dev/null/nowhere"}
    assert (environment["PIP_NO_INDEX"], environment["UV_OFFLINE"]) == ("1", "1")


def test_a_step_inherits_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    worker = Worker(twin=Path("/t"), build="b1", project="p", identity="r@p", store=Path("/h"), temporary=Path("/x"))
    assert "hush" not in step_environment(worker, 0, {}).values()


@pytest.mark.parametrize("where", ["step", "options"])
def test_a_build_that_keeps_pulumi_s_state_on_google_is_refused_before_anything_runs(where: str) -> None:
    envs = {"envs": ["PULUMI_BACKEND_URL=gs://northwind-ml-prod-state"]}
    step: dict[str, Any] = {"name": "x", "entrypoint": "pulumi", **(envs if where == "step" else {})}

    with pytest.raises(GroundworkError, match="state in gs://northwind-ml-prod-state, which Pulumi reaches on Google only"):
        read({"name": "x", "script": "ls"}, step, options=envs if where == "options" else {})
