"""The demo three times in a row, stopped in each of its chapters, and from a path and for a person that few have thought of."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from groundwork.cli.demo.stoppable import STOPPED, again
from tests.e2e.workplace import Workplace, checkout_into, clean, eventually, processes

pytestmark = [pytest.mark.engine, pytest.mark.deep]

CHAPTERS = range(1, 7)
NASTY = """it's "a" $HOME %41 # ? ü"""
SETTINGS = """
[commit]
    gpgsign = true
[core]
    hooksPath = {hooks}
[protocol "file"]
    allow = never
[push]
    gpgSign = true
[user]
    useConfigOnly = true
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Return a checkout in a folder that shells, URLs and YAML have opinions on."""
    folder = tmp_path_factory.mktemp("demo") / NASTY / "a b"
    folder.mkdir(parents=True)
    return checkout_into(folder)


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the environment of a person who signs everything, whose hooks refuse everything, and whom git does not know."""
    store = tmp_path_factory.mktemp("person")
    for name in ("pre-commit", "commit-msg", "pre-push", "post-checkout"):
        (store / name).write_text("#!/bin/sh\nexit 1\n")
        (store / name).chmod(0o755)
    (store / ".gitconfig").write_text(SETTINGS.format(hooks=store))
    theirs = {name: value for name, value in clean().items() if not name.startswith("GIT_")}
    return {**theirs, "HOME": str(store), "XDG_CONFIG_HOME": str(store)}


def demo(place: Workplace, person: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return place.run(*command(place), env=person)


def command(place: Workplace) -> tuple[str, ...]:
    """Return the command as it is called there: with the Python of that path."""
    return (place.python, "-P", "-m", "groundwork", "demo")


def stopped(place: Workplace, person: dict[str, str], chapter: int, log: Path) -> tuple[int, str]:
    """Run the demo up to a chapter and a bit, and interrupt it as a terminal does; return its exit code and what it said."""
    with log.open("w") as stream:
        process = subprocess.Popen(
            command(place), cwd=place.checkout, env=person, stdout=stream, stderr=stream, start_new_session=True
        )
    assert eventually(lambda: f"\n{chapter}. " in log.read_text() or process.poll() is not None, seconds=1800)
    begun = len(log.read_text())
    eventually(lambda: len(log.read_text()) > begun + 400, seconds=20)
    os.killpg(process.pid, signal.SIGINT)
    return process.wait(timeout=300), log.read_text()


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_stopped_in_any_chapter_it_leaves_no_process_and_one_line(
    place: Workplace, person: dict[str, str], chapter: int, tmp_path: Path
) -> None:
    """Each time it goes on from where the one before was stopped."""
    code, said = stopped(place, person, chapter, tmp_path / "log")

    assert STOPPED == code, said
    assert "Traceback" not in said
    assert again("demo") == said.splitlines()[-1]
    assert [] == processes(place)


@pytest.mark.usefixtures("_time")
@pytest.mark.parametrize("_time", range(3))
def test_it_shows_everything_three_times_in_a_row(place: Workplace, person: dict[str, str]) -> None:
    shown = demo(place, person)

    assert "0 differences" in shown.stdout
    first, second = re.findall(r"version (\d+) serves", shown.stdout)
    assert int(second) < int(first), "the champion before"
    assert [] == processes(place)


def test_after_all_that_the_environments_are_as_the_program_says(place: Workplace) -> None:
    for stack in ("dev", "prod"):
        place.pulumi("preview", "--stack", stack, "--expect-no-changes")
        place.groundwork("audit", "verify", "-e", stack)
    place.groundwork("twin", "reset")
    assert [False, False] == [folder.exists() for folder in (place.twin, place.clone)]
