"""kill -9, at any moment: no process is left, and after `groundwork recover` everything goes on with nothing orphaned."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable

import psutil
import pytest

from groundwork.twin.home import Home
from tests.journeys.workplace import Workplace

pytestmark = [pytest.mark.engine, pytest.mark.deep]

BY_HAND = {"gcp:secretmanager/secret:Secret", "gcp:secretmanager/secretVersion:SecretVersion"}
SERVICE = "gcp:projects/service:Service"


@pytest.fixture(scope="module")
def place(fresh: Callable[[], Workplace]) -> Workplace:
    return fresh()


def eventually(truth: Callable[[], object], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if truth():
            return True
        time.sleep(0.01)
    return False


def processes(place: Workplace) -> list[psutil.Process]:
    """Return every process that was sent to this twin."""
    found = []
    for process in psutil.process_iter():
        try:
            if (
                str(place.twin) in " ".join([*process.environ().values(), *process.cmdline()])
                and process.status() != psutil.STATUS_ZOMBIE
            ):
                found.append(process)
        except psutil.Error:
            continue
    return found


def made(place: Workplace) -> set[tuple[str, str]]:
    """Return what is on the twin, but for what a person made by hand."""
    rows = Home(place.twin).records.execute("select type, id from resources").fetchall()
    secrets_api = {(kind, id_) for kind, id_ in rows if kind == SERVICE and id_.endswith("/secretmanager.googleapis.com")}
    return {(kind, id_) for kind, id_ in rows if kind not in BY_HAND} - secrets_api


def known(place: Workplace) -> set[tuple[str, str]]:
    """Return what the stack's state says is there."""
    state = json.loads(place.pulumi("stack", "export", "--stack", "dev").stdout)["deployment"]
    assert not state.get("pending_operations")
    found = {(each["type"], each["id"]) for each in state["resources"] if each["type"].startswith("gcp:") and each.get("custom")}
    return {(kind, id_) for kind, id_ in found if not (kind == SERVICE and id_.endswith("/secretmanager.googleapis.com"))}


@pytest.mark.parametrize("resources", range(0, 100, 5))
def test_an_up_that_was_killed_is_recovered_with_nothing_orphaned(place: Workplace, resources: int) -> None:
    if place.twin.exists():
        place.groundwork("twin", "reset")
    variables = place.variables()
    command = ["pulumi", "up", "--stack", "dev", "--yes", "--skip-preview", "--non-interactive"]
    up = subprocess.Popen(command, cwd=place.checkout, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert eventually(lambda: len(made(place)) >= resources and (place.twin / "state/.pulumi/locks").exists())

    os.kill(up.pid, signal.SIGKILL)
    up.wait()

    assert eventually(lambda: not processes(place)), f"left: {processes(place)}"
    place.groundwork("recover", "dev")
    place.pulumi("up", "--stack", "dev", "--yes", "--skip-preview")
    place.pulumi("preview", "--stack", "dev", "--expect-no-changes")
    assert known(place) == made(place)
