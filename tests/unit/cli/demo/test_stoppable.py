"""Ctrl-C, whoever sends it and to whom: one line, no traceback, and nothing left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from groundwork.cli.demo.stoppable import ENDING, STOPPED

SAID = "stopped; do it again"
AT_WORK = f"""
import subprocess, sys, time
from groundwork.cli.demo.stoppable import go_on, stoppable
with stoppable({SAID!r}):
    if sys.argv[2:]:
        print("begun", flush=True)
        time.sleep(2)
    subprocess.run(["sh", "-c", sys.argv[1]], check=False)
    go_on()
    print("went on", flush=True)
"""


def begun(line: str, mark: str, *, early: bool = False) -> subprocess.Popen[str]:
    """Start a command that runs a line of shell, and wait until that says `begun`; with `early`, until it is about to be run."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", AT_WORK, line, *(["early"] if early else [])],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, env={**os.environ, "AT_WORK": mark},
    )  # fmt: skip
    assert process.stdout
    assert "begun\n" == process.stdout.readline()
    return process


def left(mark: str) -> list[list[str]]:
    """Return the command lines of processes that were started for a test."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("AT_WORK") == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.cmdline())
        except psutil.Error:
            continue
    return found


def none_left(mark: str) -> bool:
    deadline = time.monotonic() + 20
    while left(mark) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not left(mark)


@pytest.mark.parametrize(
    "send",
    [
        pytest.param(lambda process: os.kill(process.pid, signal.SIGINT), id="kill"),
        pytest.param(lambda process: os.killpg(process.pid, signal.SIGINT), id="a terminal"),
        pytest.param(lambda process: os.kill(process.pid, signal.SIGTERM), id="SIGTERM"),
        pytest.param(lambda process: os.kill(process.pid, signal.SIGHUP), id="a terminal that was closed"),
    ],
)
def test_it_ends_with_one_line_and_leaves_nothing(tmp_path: Path, send: Callable[[subprocess.Popen[str]], None]) -> None:
    process = begun("sleep 60 & echo begun; wait; echo went on", str(tmp_path))

    send(process)

    out, err = process.communicate(timeout=30)
    assert (STOPPED, "", [ENDING, SAID]) == (process.returncode, out, err.splitlines())
    assert [] == left(str(tmp_path))


def test_a_program_that_starts_a_moment_later_hears_of_it_too(tmp_path: Path) -> None:
    process = begun("sleep 60 & echo begun; wait", str(tmp_path), early=True)

    os.kill(process.pid, signal.SIGINT)

    _, err = process.communicate(timeout=30)
    assert (STOPPED, [ENDING, SAID]) == (process.returncode, err.splitlines())
    assert [] == left(str(tmp_path))


def test_each_program_hears_of_it_once(tmp_path: Path) -> None:
    """Pulumi takes the second time for "at once", and leaves its lock."""
    heard = tmp_path / "heard"
    waits = f"while [ ! -s {heard} ]; do sleep 0.1; done; sleep 0.5"
    process = begun(f"trap 'echo . >> {heard}' INT; echo begun; {waits}", str(tmp_path))

    os.killpg(process.pid, signal.SIGINT)

    process.communicate(timeout=30)
    assert ".\n" == heard.read_text()


def test_a_second_time_ends_what_does_not_want_to_end(tmp_path: Path) -> None:
    process = begun("trap '' INT; echo begun; sleep 60", str(tmp_path))
    os.kill(process.pid, signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=1)

    os.kill(process.pid, signal.SIGINT)

    _, err = process.communicate(timeout=30)
    assert (STOPPED, [ENDING, SAID]) == (process.returncode, err.splitlines())
    assert [] == left(str(tmp_path))


def test_what_hides_is_ended_too(tmp_path: Path) -> None:
    process = begun("setsid sh -c 'trap \"\" INT; echo begun; sleep 60' & wait", str(tmp_path))

    os.kill(process.pid, signal.SIGINT)

    process.communicate(timeout=30)
    assert [] == left(str(tmp_path))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_a_kill_of_the_first_process_stops_the_work(tmp_path: Path) -> None:
    process = begun("echo begun; sleep 1; sleep 1", str(tmp_path))

    process.kill()

    out, _ = process.communicate(timeout=30)
    assert "went on" not in out
    assert none_left(str(tmp_path))


def test_without_it_the_exit_code_is_the_work_s(tmp_path: Path) -> None:
    process = begun("echo begun", str(tmp_path))

    assert process.stdout
    assert "went on\n" == process.stdout.read()
    assert ("", 0) == (process.communicate(timeout=30)[1], process.returncode)


def test_an_error_without_it_stays_one() -> None:
    code = "from groundwork.cli.demo.stoppable import stoppable\nwith stoppable('x'):\n    raise RuntimeError('a bug')"

    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False)

    assert 1 == done.returncode
    assert done.stderr.endswith("RuntimeError: a bug\n")
