"""kill -9, at moments all over an `up`: no process is left, and `recover` and another `up` end where an undisturbed one ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from groundwork.twin.core.store import Store
from tests.e2e.workplace import Workplace, eventually, processes

pytestmark = [pytest.mark.engine, pytest.mark.deep]

BY_HAND = {"gcp:secretmanager/secret:Secret", "gcp:secretmanager/secretVersion:SecretVersion"}
SERVICE = "gcp:projects/service:Service"
KEEPING = ("buckets", "secrets", "warehouse", "repositories")
"""Folders of the twin with what resources are made of."""

MOMENTS = 20
PASSING = {"created", "modified", "provider", "importID", "sourcePosition", "stackTrace"}
"""What the state says of when and how a resource came into it: an adopted one was imported."""


@dataclass(frozen=True)
class Undisturbed:
    """What an `up` that nobody killed has made."""

    made: int
    """How many resources, of those that it made itself."""

    standing: Mapping[str, Any]


@pytest.fixture(scope="module")
def place(fresh: Callable[[], Workplace]) -> Workplace:
    return fresh()


def made(place: Workplace) -> set[tuple[str, str]]:
    """Return what is on the twin, but for what a person made by hand."""
    rows = Store(place.twin).records.execute("select type, id from resources").fetchall()
    secrets_api = {(kind, id_) for kind, id_ in rows if kind == SERVICE and id_.endswith("/secretmanager.googleapis.com")}
    return {(kind, id_) for kind, id_ in rows if kind not in BY_HAND} - secrets_api


def standing(place: Workplace) -> dict[str, Any]:
    """Return all there is: the state by URN, the twin's records, and every file that a resource is made of."""
    state = json.loads(place.pulumi("stack", "export", "--stack", "dev", "--show-secrets").stdout)["deployment"]
    assert not state.get("pending_operations")
    known = {each["urn"]: _lasting(each) for each in state["resources"] if not each["type"].startswith("pulumi:providers:")}
    rows = Store(place.twin).records.execute("select type, id, inputs, ready from resources").fetchall()
    files = {str(path.relative_to(place.twin)) for folder in KEEPING for path in (place.twin / folder).rglob("*")}
    there = {f"{kind} {id_}": [json.loads(inputs), ready] for kind, id_, inputs, ready in rows}
    return {**known, **there, **dict.fromkeys(files, "file")}


def _lasting(resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the state says of a resource; on what it rests, is a set."""
    kept = {name: value for name, value in resource.items() if name not in PASSING}
    kept["dependencies"] = sorted(kept.get("dependencies", ()))
    kept["propertyDependencies"] = {name: sorted(on or ()) for name, on in kept.get("propertyDependencies", {}).items()}
    return kept


def up(place: Workplace) -> subprocess.Popen[bytes]:
    """Start an `up` on a twin that has nothing."""
    if place.twin.exists():
        place.groundwork("twin", "reset")
    command = ["pulumi", "up", "--stack", "dev", "--yes", "--skip-preview", "--non-interactive"]
    variables = place.variables()
    return subprocess.Popen(command, cwd=place.checkout, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def undisturbed(place: Workplace) -> Undisturbed:
    assert 0 == up(place).wait(timeout=300)
    return Undisturbed(made=len(made(place)), standing=standing(place))


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_an_up_that_was_killed_is_recovered_to_the_same_state_with_nothing_orphaned(
    place: Workplace, undisturbed: Undisturbed, moment: int
) -> None:
    """Killed when so many twentieths of what it makes are there; the first moment is that of the lock alone."""
    killed, resources = up(place), undisturbed.made * moment // MOMENTS
    try:
        assert eventually(lambda: len(made(place)) >= resources and (place.twin / "state/.pulumi/locks").exists(), seconds=300)
    finally:
        os.kill(killed.pid, signal.SIGKILL)  # also where it was too slow, or it would hold the twin of all tests that follow
    assert -signal.SIGKILL == killed.wait(), "it was at work"

    assert eventually(lambda: not processes(place)), f"left: {processes(place)}"
    place.groundwork("recover", "-e", "dev")
    place.pulumi("up", "--stack", "dev", "--yes", "--skip-preview")
    place.pulumi("preview", "--stack", "dev", "--expect-no-changes")
    now = standing(place)
    assert {} == {name: (undisturbed.standing.get(name), now.get(name)) for name in different(undisturbed.standing, now)}


def different(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Return what is in one only, or not the same in both."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
