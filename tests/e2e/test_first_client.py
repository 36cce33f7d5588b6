"""The guide's commands, as it says them, in a fresh clone with a twin: from nothing to a client's own environment."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from groundwork.twin.core.store import Store
from tests.e2e.workplace import ROOT, clean

if TYPE_CHECKING:
    from tests.e2e.workplace import Workplace

pytestmark = pytest.mark.engine

GUIDE = (ROOT / "docs/guides/first-client.md").read_text()
MOST = 5
ANSWERS = {
    "Google Cloud region": "europe-west3",
    "Prefix of the project ids": "acme-ml",
    "GitHub repository": "acme/forecasting",
    "Installation id of Cloud Build": "48291734",
    "E-mail addresses of the reviewers": "rita@acme.example, ralf@acme.example",
    "E-mail addresses of the owners": "team@acme.example",
}
OF_THE_PERSON = {"PULUMI_SKIP_CONFIRMATIONS": "true", "PULUMI_CONFIG_PASSPHRASE": "for Google"}
"""Pulumi shows what it will do and asks; here nobody sits there. The person's own passphrase has no say on the twin."""


def commands(heading: str) -> list[str]:
    """Return the commands below a heading of the guide."""
    found = re.search(rf"^## {heading}\n.*?^```\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    assert found
    return found[1].splitlines()


def typed(script: str, folder: Path, answers: dict[str, str], seconds: float = 300) -> str:
    """Run a script at a terminal, each question answered once it is asked; return all that the terminal showed."""
    leader, follower = pty.openpty()
    shell = subprocess.Popen(
        ["bash", "-ec", script], cwd=folder, env={**clean(), **OF_THE_PERSON}, stdin=follower, stdout=follower, stderr=follower
    )
    os.close(follower)
    shown, waiting, end = b"", dict(answers), time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            if not select.select([leader], [], [], 1)[0]:
                continue
            try:
                shown += os.read(leader, 65536)
            except OSError:  # so the end of a terminal reads
                break
            text = shown.decode(errors="replace")
            for question in [question for question in waiting if question in text]:
                os.write(leader, f"{waiting.pop(question)}\n".encode())
    finally:
        if time.monotonic() >= end:
            shell.kill()
        shell.wait()
        os.close(leader)
    text = shown.decode(errors="replace")
    assert (0, {}) == (shell.returncode, waiting), text
    return text


def test_on_google_it_is_five_commands_and_no_placeholder() -> None:
    said = commands("On Google")

    assert len(said) <= MOST
    assert said[-1].endswith("pulumi up --stack acme-dev")
    assert [] == [command for command in said if re.search(r"[<>…]|\b[A-Z]{3,}\b(?!=|_)", command)]


def test_on_the_twin_they_are_the_same_but_for_where_they_go() -> None:
    google, twin = commands("On Google"), commands("On the twin")

    by_hand = 'eval "$(groundwork twin env)"'
    there = [re.sub(r" --on google$|^PULUMI_BACKEND_URL=\S+ ", "", command) for command in google]
    assert there == [command for command in twin if command != by_hand]
    assert by_hand in twin


@pytest.fixture(scope="module")
def place(fresh: Callable[[], Workplace]) -> Workplace:
    return fresh()


@pytest.fixture(scope="module")
def shown(place: Workplace) -> str:
    """Return what a terminal shows when the guide's commands are typed into it, one after the other."""
    setup, *rest = commands("On the twin")
    assert "make setup" == setup, "the one command that is not run: the packages are shared with this checkout"
    return typed("\n".join(rest), place.checkout, ANSWERS)


def test_the_commands_end_in_an_environment_of_the_client_s_own(shown: str, place: Workplace) -> None:
    assert "next: groundwork check -e acme-dev" in shown
    assert re.search(r"their state was moved from this machine to gs://acme-ml-dev-state", shown)
    made = Store(place.twin)
    assert "acme-ml-dev-raw" in {id_ for id_, _ in made.all("gcp:storage/bucket:Bucket")}
    assert {"acme-ml-dev"} == {given["project"] for _, given in made.all("gcp:cloudbuild/trigger:Trigger")}


@pytest.mark.usefixtures("shown")
def test_nothing_is_left_to_do_nor_written_but_the_two_files(place: Workplace) -> None:
    place.pulumi("preview", "--stack", "acme-dev", "--expect-no-changes")
    assert "no problems found" in place.groundwork("check", "-e", "acme-dev").stderr
    assert "?? Pulumi.acme-dev.yaml\n?? Pulumi.acme-prod.yaml\n" == place.git(place.checkout, "status", "--porcelain")


def test_the_address_of_the_state_in_the_guide_is_the_one_that_bootstrap_prints(shown: str) -> None:
    (address,) = re.findall(r"PULUMI_BACKEND_URL=(\S+)", "\n".join(commands("On Google")))
    assert address in shown


@pytest.mark.usefixtures("shown")
def test_in_a_shell_of_the_twin_google_is_refused(place: Workplace) -> None:
    done = place.run(".venv/bin/groundwork", "bootstrap", "-e", "acme-dev", "--on", "google", env=place.variables(), check=False)

    assert done.returncode == 1
    assert "error: this shell works on the twin (twin-shell-refused)" in done.stderr
