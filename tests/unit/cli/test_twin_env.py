"""What a shell evaluates of `groundwork twin env`: all of it, or a command that fails."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from groundwork import __main__ as command
from groundwork.cli.app import app
from groundwork.contract.variables import TWIN_VARIABLE
from groundwork.twin.core import shell as environment

ROOT = Path(__file__).parents[3]
SHELLS = [shell for shell in ("sh", "bash", "dash", "zsh") if shutil.which(shell)]
NASTY = """it's "a" $HOME `b` \\ ü
line"""


def twin_env(
    *options: str, cwd: Path = ROOT, prepare: Callable[[], None] | None = None, **variables: str
) -> subprocess.CompletedProcess[bytes]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("GROUNDWORK_", "GIT_"))}
    return subprocess.run(
        [sys.executable, "-P", "-m", "groundwork", "twin", "env", *options],
        cwd=cwd, env={**inherited, **variables}, capture_output=True, check=False, preexec_fn=prepare,
    )  # fmt: skip


def goes_on(shell: str, printed: bytes) -> bool:
    """Return whether a shell that evaluates this runs what stands behind it."""
    line = 'eval "$1" && echo went on'
    done = subprocess.run([shell, "-c", line, shell, os.fsdecode(printed)], capture_output=True, text=True, check=False)
    return "went on" in done.stdout


def _on_a_full_disk() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


@pytest.mark.parametrize(
    "failing",
    [
        pytest.param(lambda place: twin_env(cwd=place), id="outside of a checkout"),
        pytest.param(lambda _: twin_env("--bogus"), id="an option that there is not"),
        pytest.param(lambda place: twin_env(GROUNDWORK_TWIN=str(place / "twin"), prepare=_on_a_full_disk), id="a full disk"),
        pytest.param(lambda _: twin_env(GROUNDWORK_TWIN=f"{environment.NO_PLACE}/twin"), id="a traceback"),
    ],
)
def test_a_shell_does_not_go_on_where_it_failed(
    tmp_path: Path, failing: Callable[[Path], subprocess.CompletedProcess[bytes]]
) -> None:
    """`eval ""` succeeds: a `pulumi up` behind it would be one on a person's own account."""
    failed = failing(tmp_path)

    assert failed.returncode != 0
    assert b"false\n" == failed.stdout, "nothing before it"
    assert failed.stderr, "a person is told why"
    assert [] == [shell for shell in SHELLS if goes_on(shell, failed.stdout)]


@pytest.mark.parametrize("ending", [KeyboardInterrupt(), RuntimeError("a bug"), SystemExit(3), SystemExit("said")])
def test_however_it_ends_without_success_it_fails_aloud(ending: BaseException, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BaseException), command._fail_aloud():  # noqa: B017, PT011  any of them
        raise ending
    assert "false\n" == capfd.readouterr().out


def test_success_prints_no_failure(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit), command._fail_aloud():
        sys.exit(0)
    assert "" == capfd.readouterr().out


@pytest.mark.parametrize(
    ("words", "evaluated"), [(["twin", "env"], True), (["--bogus", "twin", "env"], True), (["twin", "status"], False)]
)
def test_only_what_a_shell_evaluates_fails_aloud(words: list[str], *, evaluated: bool) -> None:
    assert evaluated is command._is_evaluated(words)


@pytest.mark.parametrize("shell", SHELLS)
def test_every_path_arrives_in_the_shell_as_it_is(tmp_path: Path, shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = _printed(tmp_path / NASTY / "twin", monkeypatch)

    shown = subprocess.run([shell, "-c", 'eval "$1" && env -0', shell, printed], capture_output=True, check=True).stdout

    arrived: Mapping[str, str] = dict(os.fsdecode(each).split("=", 1) for each in shown.split(b"\0") if each)
    wanted = environment.variables(tmp_path / NASTY / "twin")
    assert wanted == {name: arrived[name] for name in wanted}


def _printed(root: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what the command prints for a twin that is ready."""
    monkeypatch.setattr("groundwork.cli.demo.seed_twin.prepare", lambda *_: [])
    monkeypatch.setenv(TWIN_VARIABLE, str(root))
    result = CliRunner().invoke(app, ["twin", "env"])
    assert 0 == result.exit_code, result.output
    return result.stdout
