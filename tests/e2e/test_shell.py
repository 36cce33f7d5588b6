"""A shell on the twin: made by many at once, never gone on with where it failed, and not taken away from who works in it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable

import psutil
import pytest

from tests.e2e.workplace import Workplace, clean, eventually

pytestmark = pytest.mark.engine

SHELLS = 4


@pytest.fixture(scope="module")
def place(fresh: Callable[[], Workplace]) -> Workplace:
    return fresh()


def shell(place: Workplace, behind: str) -> subprocess.Popen[str]:
    """Start a shell that works on the twin, and then goes on."""
    line = f'eval "$("{place.python}" -P -m groundwork twin env)" && {behind}'
    return subprocess.Popen(["sh", "-c", line], cwd=place.checkout, env=clean(), stdout=subprocess.PIPE, text=True)


def test_who_interrupts_it_does_not_go_on(place: Workplace) -> None:
    started = shell(place, "echo went on")
    assert eventually((place.twin / "twin.sqlite").exists, seconds=60)

    (python,) = psutil.Process(started.pid).children()
    os.kill(python.pid, signal.SIGINT)

    assert "" == started.communicate(timeout=60)[0]
    assert started.returncode != 0


def test_several_shells_make_the_same_new_twin_at_once(place: Workplace) -> None:
    place.groundwork("twin", "reset")
    started = [shell(place, "pulumi stack ls --json") for _ in range(SHELLS)]

    listed = [each.communicate(timeout=240)[0] for each in started]

    assert [0] * SHELLS == [each.returncode for each in started]
    assert [["dev", "prod"]] * SHELLS == [sorted(stack["name"] for stack in json.loads(each)) for each in listed]


@pytest.mark.deep
def test_a_reset_beside_an_up_removes_nothing_and_names_it(place: Workplace) -> None:
    up = shell(place, "pulumi up --stack dev --yes --skip-preview --non-interactive >&2")
    locks = place.twin / "state/.pulumi/locks/organization/groundwork/dev"
    assert eventually(lambda: list(locks.glob("*.json")), seconds=120)

    refused = place.groundwork("twin", "reset", check=False)

    assert 1 == refused.returncode
    assert "the twin is in use by `pulumi" in refused.stderr
    assert "(twin-busy)" in refused.stderr
    assert up.poll() is None
    up.communicate(timeout=600)
    assert 0 == up.returncode
    place.pulumi("preview", "--stack", "dev", "--expect-no-changes")
    place.groundwork("twin", "reset")
    assert not place.twin.exists()
