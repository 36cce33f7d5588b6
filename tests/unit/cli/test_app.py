"""`groundwork` itself: commands in the order of a person's day, loaded when they run; version and completion."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from groundwork.cli.app import COMMANDS, SECTIONS, app, load_command

ROOT = Path(__file__).parents[3]
MODULES = """
import sys
from typer.testing import CliRunner
from groundwork.cli.app import app
assert CliRunner().invoke(app, ["--help"]).exit_code == 0
print(*sorted(name for name in sys.modules if name.partition(".")[0] in {"groundwork", "pulumi", "pydantic", "pandas", "yaml"}))
"""
LIGHT = (
    "groundwork",
    "groundwork.adapters",
    "groundwork.cli",
    "groundwork.contract",
    "groundwork.contract.release",
    "groundwork.errors",
)
OF_THE_CLI = ("groundwork.cli.app", "groundwork.cli.failures", "groundwork.cli.output")
OF_CONNECT = ("groundwork.adapters.connect", "groundwork.contract.variables")
GROUNDWORK = Path(sys.executable).with_name("groundwork")


def run(*command: str, **variables: str) -> str:
    done = subprocess.run(command, env={**os.environ, **variables}, check=True, capture_output=True, text=True, cwd=ROOT)
    return done.stdout


def completions(words: str, index: int) -> list[str]:
    """Return what bash is offered behind some words."""
    return run(str(GROUNDWORK), _GROUNDWORK_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=str(index)).splitlines()


def test_help_lists_every_command_in_its_section_and_order() -> None:
    shown = CliRunner().invoke(app, ["--help"]).stdout

    titles = [shown.index(f"\n{title}:\n") for title in SECTIONS]
    lines = [re.search(rf"^  {name} +\S", shown, re.MULTILINE) for name in COMMANDS]
    assert titles == sorted(titles)
    assert [line.start() for line in lines if line] == sorted(line.start() for line in lines if line)
    assert len(COMMANDS) == len([line for line in lines if line])


def test_help_loads_no_command_and_no_library_of_one() -> None:
    """It takes 0.1 s of CPU time, and took 0.4 s when it loaded what commands need."""
    assert {*LIGHT, *OF_THE_CLI, *OF_CONNECT} == set(run(sys.executable, "-P", "-c", MODULES).split())


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_in_the_help_is_how_the_command_s_own_help_begins(name: str) -> None:
    text = " ".join(inspect.cleandoc(load_command(name).help or "").split())
    assert text.startswith(COMMANDS[name][1].rstrip("."))


@pytest.mark.parametrize(
    "words", [["check"], ["bootstrap"], ["load"], ["status"], ["rollback"], ["review", "show"], ["secret", "put"]]
)
def test_every_command_takes_the_environment_by_one_option(words: list[str]) -> None:
    shown = CliRunner().invoke(app, [*words, "--help"]).stdout
    assert re.search(r"-e, --environment NAME", shown)
    assert "GROUNDWORK_ENVIRONMENT" in shown


def test_a_misspelt_command_is_answered_with_the_right_one() -> None:
    done = CliRunner().invoke(app, ["stauts"])
    assert 2 == done.exit_code
    assert "Did you mean 'status'?" in done.stderr


def test_the_version_is_that_of_the_installed_package() -> None:
    assert re.fullmatch(r"groundwork \d+\.\d+\.\d+\S*\n", CliRunner().invoke(app, ["--version"]).stdout)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_asks_the_command(shell: str) -> None:
    script = CliRunner().invoke(app, ["completion", shell]).stdout
    assert f"_GROUNDWORK_COMPLETE=complete_{shell}" in script
    assert "groundwork" in script


def test_commands_their_own_commands_and_options_are_completed() -> None:
    assert {"reconcile", "recover", "review"} == set(completions("groundwork re", 1))
    assert ["approve"] == completions("groundwork review a", 2)
    assert ["--environment"] == completions("groundwork status --env", 2)
