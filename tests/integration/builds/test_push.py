"""A push over real git fires what the trigger's row says, and its log comes back through `git push`."""

from __future__ import annotations

from typing import Any

import psutil
import pytest

SAY = {"id": "say", "name": "ubuntu", "entrypoint": "echo", "args": ["horizon of $BRANCH_NAME at $SHORT_SHA"]}


def test_a_push_streams_the_build_and_keeps_its_log(world: Any) -> None:
    world.trigger(SAY)
    commit = world.commit({"a.txt": "a"}, "Add a")
    said = world.push()
    assert "remote: feature/x at " in said
    assert f'remote: Step #0 - "say": horizon of feature/x at {commit[:7]}' in said
    assert "image ubuntu is not pulled" in said
    build = world.build()
    assert (build.status, build.branch, build.commit, build.error) == ("SUCCESS", "feature/x", commit, "")
    assert [(step.id, step.status) for step in build.steps] == [("say", "SUCCESS")]
    assert all(line.removeprefix("remote: ").rstrip() in world.log() for line in said.splitlines() if "Step #0" in line)
    assert not list((world.store.root / "workspaces").iterdir())


def test_every_step_of_the_log_carries_its_time(world: Any) -> None:
    world.trigger(SAY, {"name": "ubuntu", "script": "exit 0"})
    said = world.push()
    assert "remote:   say  SUCCESS    " in said
    assert "remote:   1    SUCCESS    " in said
    assert f"remote: build {world.build().id} SUCCESS in " in said


def test_steps_see_the_pushed_commit_alone(world: Any) -> None:
    """Cloud Build fetches one commit; history and other branches take a step that asks for them."""
    world.trigger(
        {"name": "ubuntu", "script": "cat a.txt; git rev-list --count HEAD; git status --short; git branch --remotes"},
        {
            "name": "gcr.io/cloud-builders/git",
            "args": ["fetch", "--quiet", "--unshallow", "origin", "main:refs/remotes/origin/main"],
        },
        {"name": "ubuntu", "script": "git rev-list --count HEAD; git merge-base origin/main HEAD"},
    )
    main = world.git("rev-parse", "main")
    world.git("switch", "--quiet", "--create", "feature/x")
    world.commit({"a.txt": "pushed\n"})
    (world.clone / "a.txt").write_text("not committed\n")
    world.push()
    lines = [line.partition(": ")[2] for line in world.log().splitlines() if line.startswith(("Step #0: ", "Step #2: "))]
    assert lines == [
        "as a process; image ubuntu is not pulled",
        "pushed",
        "1",
        "as a process; image ubuntu is not pulled",
        "2",
        main,
    ]


def test_a_failing_step_fails_the_build_and_stops_it(world: Any) -> None:
    world.trigger({"id": "bad", "name": "ubuntu", "script": "echo before; exit 3"}, SAY)
    said = world.push()
    build = world.build()
    assert (build.status, build.error) == ("FAILURE", "step bad failed with exit code 3")
    assert [(step.id, step.status) for step in build.steps] == [("bad", "FAILURE"), ("say", "QUEUED")]
    assert 'remote: Step #0 - "bad": before' in said
    assert "remote: error: step bad failed with exit code 3" in said
    assert "horizon of" not in said


def test_a_step_may_be_allowed_to_fail(world: Any) -> None:
    world.trigger(
        {"id": "a", "name": "ubuntu", "script": "exit 3", "allowExitCodes": [3]},
        {"id": "b", "name": "ubuntu", "script": "exit 4", "allowFailure": True},
        SAY,
    )
    world.push()
    assert [(step.id, step.status) for step in world.build().steps] == [("a", "FAILURE"), ("b", "FAILURE"), ("say", "SUCCESS")]
    assert world.build().status == "SUCCESS"


def test_steps_run_side_by_side_when_they_wait_for_nothing(world: Any) -> None:
    """Each of the two waits for what the other makes: one after the other they would never end."""
    meet = 'touch "$1.here"; until [ -e "$2.here" ]; do sleep 0.02; done; echo met'
    world.trigger(
        {"id": "left", "name": "ubuntu", "entrypoint": "sh", "args": ["-c", meet.replace("$", "$$"), "-", "left", "right"]},
        {
            "id": "right",
            "name": "ubuntu",
            "entrypoint": "sh",
            "args": ["-c", meet.replace("$", "$$"), "-", "right", "left"],
            "waitFors": ["-"],
        },
        {"id": "last", "name": "ubuntu", "script": "ls", "waitFors": ["left", "right"]},
        build={"timeout": "30s"},
    )
    world.push()
    assert world.build().status == "SUCCESS"
    assert 'Step #2 - "last": right.here' in world.log()


def test_a_step_that_fails_ends_what_runs_beside_it(world: Any) -> None:
    world.trigger(
        {"id": "long", "name": "ubuntu", "script": "touch began; sleep 600"},
        {"id": "bad", "name": "ubuntu", "script": "until [ -e began ]; do sleep 0.02; done; exit 1", "waitFors": ["-"]},
    )
    world.push()
    assert [(step.id, step.status) for step in world.build().steps] == [("long", "CANCELLED"), ("bad", "FAILURE")]


@pytest.mark.parametrize(
    ("step", "build", "error"),
    [
        ({"timeout": "0.3s"}, {}, "step slow took longer than its 0.3 s"),
        ({}, {"timeout": "0.3s"}, "the build took longer than its 0.3 s"),
    ],
)
def test_a_time_limit_is_kept(world: Any, step: dict[str, str], build: dict[str, str], error: str) -> None:
    world.trigger({"id": "slow", "name": "ubuntu", "script": "sleep 600 & sleep 600", **step}, SAY, build=build)
    said = world.push()
    assert (world.build().status, world.build().error) == ("TIMEOUT", error)
    assert [step.status for step in world.build().steps] == ["TIMEOUT", "QUEUED"]
    assert f"remote: error: {error}" in said


def test_what_a_step_leaves_running_ends_with_it(world: Any) -> None:
    """The world's fixture fails when a process outlives the test."""
    world.trigger({"name": "ubuntu", "script": "setsid sh -c 'env -i sleep 600' >/dev/null 2>&1 & echo done"})
    world.push()
    assert world.build().status == "SUCCESS"
    assert not [process for process in psutil.process_iter(["cmdline"]) if process.info["cmdline"] == ["sleep", "600"]]


def test_a_container_build_is_skipped_and_said_so(world: Any) -> None:
    world.trigger({"id": "image", "name": "gcr.io/cloud-builders/docker", "args": ["build", "."]}, SAY, build={"images": ["x"]})
    said = world.push()
    assert "SKIPPED: it builds a container (gcr.io/cloud-builders/docker), which the twin does not do" in said
    assert "SKIPPED: `images` of the build" in said
    assert [step.status for step in world.build().steps] == ["SKIPPED", "SUCCESS"]
    assert world.build().status == "SUCCESS"


@pytest.mark.parametrize(
    ("step", "error"),
    [
        ({"name": "ubuntu", "entrypoint": "echo", "args": ["$HORIZON"]}, "`$HORIZON` is not a substitution of Cloud Build's"),
        ({"name": "node:20", "args": ["x.js"]}, "the twin does not know what the image `node:20` runs"),
        ({"name": "ubuntu", "script": "ls", "secretEnvs": ["KEY"]}, "has `secretEnvs`, which the twin does not know"),
        ({"name": "ubuntu", "script": "ls", "dir": "../other"}, "outside of the checkout"),
        (
            {"name": "ubuntu", "script": "ls", "waitFors": ["later"]},
            "the step waits for 'later', but no earlier step has this id",
        ),
    ],
)
def test_a_build_that_cannot_be_understood_runs_no_step(world: Any, step: dict[str, Any], error: str) -> None:
    world.trigger({"name": "ubuntu", "script": "echo began"}, step)
    said = world.push()
    assert world.build().status == "FAILURE"
    assert error in world.build().error
    assert error in said
    assert "began" not in said


def test_a_missing_substitution_is_empty_and_named(world: Any) -> None:
    """Cloud Build takes ALLOW_LOOSE for every build that a trigger starts, whatever the build file says."""
    world.trigger(
        {"name": "ubuntu", "entrypoint": "echo", "args": ["<${_MISSPELT}>"]},
        build={"options": {"substitutionOption": "MUST_MATCH"}},
    )
    said = world.push()
    assert "Step #0: <>" in said
    assert "warning: the substitution $_MISSPELT" in said


@pytest.mark.parametrize(("inputs", "error"), [(None, "does not exist"), ({"disabled": True}, "is disabled")])
def test_a_build_needs_its_service_account(world: Any, inputs: dict[str, Any] | None, error: str) -> None:
    world.trigger(SAY)
    kind = "gcp:serviceaccount/account:Account"
    ((account, _),) = world.store.all(kind)
    world.store.forget(kind, account)
    if inputs:
        world.store.put(kind, account, inputs, ready=True)
    world.push()
    assert world.build().status == "FAILURE"
    assert error in world.build().error
    assert account in world.build().error


def test_a_program_that_is_not_there_fails_its_step(world: Any) -> None:
    world.trigger({"name": "ubuntu", "entrypoint": "no-such-program"})
    assert "there is no program `no-such-program` here" in world.push()
    assert world.build().status == "FAILURE"


def test_output_cannot_act_on_the_pushers_terminal(world: Any) -> None:
    world.trigger({"name": "ubuntu", "script": r"printf 'a\033[31mb\033]0;title\007c\rd\n\377\n'"})
    world.commit({"a.txt": "a"}, "A \x1b[2Jsubject")
    said = world.push()
    assert "Step #0: d\n" in said.replace(" " * 8, "")
    assert "A subject" in said
    assert "\x1b[31m" not in world.log()
    assert "\x1b[2J" not in world.log()
