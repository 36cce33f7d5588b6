"""Two pushes at once, pushes that end early, and kills: nothing half-made, no process, and the listing tells the truth."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from groundwork.twin.cloudbuild import history
from groundwork.twin.cloudbuild.recover import recover

# In a session of its own, as a Jupyter kernel is, with a child that has forgotten its parent and its environment.
HIDES = "setsid sh -c 'env -i setsid sleep 600 & sleep 600' & echo going; touch going; sleep 600"
SLOW = {"id": "slow", "name": "ubuntu", "script": HIDES}


def test_two_pushes_at_once_are_built_apart(world: Any) -> None:
    """Each build waits for the other one's workspace to be there, so they do run at the same time."""
    root = world.store.root / "workspaces"
    world.trigger(
        {
            "name": "ubuntu",
            "script": f'until [ "$(ls {root} | wc -l)" = 2 ]; do sleep 0.02; done; cat a.txt; touch mine; ls; sleep 0.3',
        }
    )
    pushes = []
    for branch in ("one", "two"):
        commit = world.commit({"a.txt": f"{branch}\n"})
        pushes.append(world.start_push(f"{commit}:refs/heads/feature/{branch}"))
    said = [push.communicate(timeout=50)[0] for push in pushes]
    assert sorted(build.branch for build in history.all_builds(world.store)) == ["feature/one", "feature/two"]
    assert {build.status for build in history.all_builds(world.store)} == {"SUCCESS"}
    for own, other, text in (("one", "two", said[0]), ("two", "one", said[1])):
        assert f"Step #0: {own}" in text
        assert f"Step #0: {other}" not in text
    assert not list(root.iterdir())


@pytest.mark.parametrize("whom", ["the push", "its group"])
def test_a_push_that_ends_early_cancels_its_build(world: Any, eventually: Any, of_twin: Any, whom: str) -> None:
    """A killed client, or Ctrl-C in the terminal, which reaches git and the hook alike."""
    world.trigger(SLOW, {"name": "ubuntu", "script": "echo never"})
    push = world.start_push("HEAD:refs/heads/feature/x")
    eventually(lambda: "going" in _log(world), "the step runs")
    if whom == "the push":
        push.kill()
    else:
        os.killpg(push.pid, signal.SIGINT)
    push.communicate(timeout=30)
    eventually(lambda: not of_twin(world.store), "its processes are gone")
    build = world.build()
    assert build.status == "CANCELLED"
    assert build.error in {"the process that pushed has gone", "the push was interrupted"}
    assert [step.status for step in build.steps] == ["CANCELLED", "QUEUED"]
    assert not list((world.store.root / "workspaces").iterdir())
    assert recover(world.store) == []


@pytest.mark.parametrize("whom", ["hook", "keeper", "hook and keeper"])
def test_a_kill_leaves_no_process_and_is_recovered(world: Any, eventually: Any, of_twin: Any, whom: str) -> None:
    world.trigger(SLOW)
    push = world.start_push("HEAD:refs/heads/feature/x")
    eventually(lambda: "going" in _log(world), "the step runs")
    for process in _those(of_twin(world.store), whom):
        process.kill()
    push.communicate(timeout=30)
    if whom == "hook and keeper":  # nobody was left to see it
        assert world.build().status == "CANCELLED"
        assert world.build().error == history.DIED
        (sentence,) = recover(world.store)
        assert "left over processes ended" in sentence
    eventually(lambda: not of_twin(world.store), "its processes are gone")
    if whom == "hook":
        assert world.build().error == history.DIED
        (sentence,) = recover(world.store)
        assert sentence == f"build {world.build().id} had died: its workspace is removed; it is marked CANCELLED"
        assert (world.build().status, world.build().steps[0].status) == ("CANCELLED", "CANCELLED")
    else:
        assert world.build().status == ("FAILURE" if whom == "keeper" else "CANCELLED")
    assert recover(world.store) == []
    assert not list((world.store.root / "workspaces").iterdir())
    world.trigger({"name": "ubuntu", "script": "echo again"})
    assert "Step #0: again" in world.push("feature/y")


@pytest.mark.deep
@pytest.mark.parametrize("tenths", range(10))
def test_a_kill_at_any_moment_is_recovered(world: Any, eventually: Any, of_twin: Any, tenths: int) -> None:
    """Ten moments from the hook's first line to its last steps."""
    world.trigger({"name": "ubuntu", "script": HIDES.replace("600", "0.1")}, {"name": "ubuntu", "script": "sleep 0.3"})
    push = world.start_push("HEAD:refs/heads/feature/x")
    hooks = eventually(
        lambda: [hook for hook in of_twin(world.store) if "groundwork.twin.interfaces.git" in hook.cmdline()], "the hook runs"
    )
    time.sleep(tenths / 10)
    for hook in hooks:
        with suppress(psutil.NoSuchProcess):
            hook.kill()
    push.communicate(timeout=30)
    eventually(lambda: not of_twin(world.store), "its processes are gone")
    recover(world.store)
    assert {build.status for build in history.all_builds(world.store)} <= {"CANCELLED", "SUCCESS"}
    assert not list(world.store.root.glob("workspaces/*"))
    world.trigger({"name": "ubuntu", "script": "echo again"})
    assert "Step #0: again" in world.push("feature/y")


def test_where_orphans_cannot_be_adopted_they_are_found_by_their_mark(tmp_path: Path) -> None:
    """macOS has no subreaper."""
    pid = tmp_path / "pid"
    code = (
        "import sys, groundwork.twin.cloudbuild.supervisor as k; k.adopt_orphans = lambda: False; sys.exit(k.main(sys.argv[1:]))"
    )
    command = ["sh", "-c", f"setsid sh -c 'echo $$ > {pid}; sleep 600' & until [ -s {pid} ]; do sleep 0.02; done; exit 3"]
    environment = {"PATH": os.environ["PATH"], "GROUNDWORK_BUILD_STEP": f"{tmp_path.name}/0"}
    with subprocess.Popen([sys.executable, "-I", "-c", code, *command], env=environment, stdin=subprocess.PIPE) as keeper:
        assert keeper.wait(timeout=30) == 3
    assert not psutil.pid_exists(int(pid.read_text())) or psutil.Process(int(pid.read_text())).status() == psutil.STATUS_ZOMBIE


def test_recover_leaves_a_living_build_alone(world: Any, eventually: Any) -> None:
    world.trigger({"name": "ubuntu", "script": "echo going; until [ -e go ]; do sleep 0.02; done"})
    push = world.start_push("HEAD:refs/heads/feature/x")
    eventually(lambda: "going" in _log(world), "the step runs")
    assert recover(world.store) == []
    assert world.build().status == "WORKING"
    (world.store.root / "workspaces" / world.build().id / "checkout/go").touch()
    push.communicate(timeout=30)
    assert world.build().status == "SUCCESS"


def test_the_next_push_names_builds_that_died(world: Any, eventually: Any, of_twin: Any) -> None:
    world.trigger(SLOW)
    push = world.start_push("HEAD:refs/heads/feature/x")
    eventually(lambda: "going" in _log(world), "the step runs")
    for process in _those(of_twin(world.store), "hook"):
        process.kill()
    push.communicate(timeout=30)
    eventually(lambda: not of_twin(world.store), "its processes are gone")
    world.trigger({"name": "ubuntu", "script": "echo again"})
    assert "1 build(s) died earlier; `groundwork recover` clears up behind them" in world.push("feature/y")
    recover(world.store)
    assert "died earlier" not in world.push("feature/z")


def test_a_build_sees_nothing_of_the_pushers_environment(world: Any) -> None:
    world.environment |= {
        "AWS_SECRET_ACCESS_KEY": "hush",
        "GOOGLE_APPLICATION_CREDENTIALS": "/hush",
        "GIT_SSH_COMMAND": "hush",
        "PYTHONPATH": "/hush",
    }
    world.trigger({"name": "ubuntu", "script": "env"}, build={"options": {"envs": ["OWN=1", "GROUNDWORK_IDENTITY=root"]}})
    world.push()
    seen = dict(line.removeprefix("Step #0: ").split("=", 1) for line in world.log().splitlines() if "=" in line)
    assert "hush" not in world.log()
    build = world.build()
    assert seen["OWN"] == "1"
    assert seen["GROUNDWORK_PLATFORM"] == f"twin:{world.store.root}"
    assert seen["GROUNDWORK_IDENTITY"] == build.service_account
    assert seen["GROUNDWORK_BUILD"] == build.id
    assert seen["GOOGLE_APPLICATION_CREDENTIALS"] == "/dev/null/nowhere"
    assert seen["HOME"].startswith(str(world.store.root / "workspaces"))


def _log(world: Any) -> str:
    made = history.all_builds(world.store)
    path = history.log_path(world.store, made[0].id) if made else None
    return path.read_text() if path and path.exists() else ""


def _those(processes: list[Any], whom: str) -> list[Any]:
    """Return the processes to kill, the keeper first: the hook would end it."""
    named = {"hook": "groundwork.twin.interfaces.git", "keeper": "groundwork.twin.cloudbuild.supervisor"}
    chosen = [process for name in ("keeper", "hook") if name in whom for process in processes if named[name] in process.cmdline()]
    assert len(chosen) == len(whom.split(" and "))
    if len(chosen) > 1:
        chosen[1].suspend()
    return chosen
