"""Run a command of the factory in a child process, so that a crash of one promotion stops no other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import Protocol

LONGEST = 5_400
"""Seconds until a child process is killed: longer than a candidate's builds, shorter than a build of the factory."""
WELL, REFUSED, NOT_PROMOTED, BROKE = 0, 1, 3, 70
"""Exit codes: success; an error that a person can correct, which was printed; an outcome other than `promoted`; and a bug, with
its traceback printed."""
KILLED = 128 + signal.SIGKILL


class ChildProcess(Protocol):
    """Runs one command to its end."""

    def __call__(self, *words: str) -> int:
        """Return the exit code; that of a killed process is none of the above."""
        ...


def run_child_process(*words: str) -> int:
    """Run `python -P -m groundwork.factory …` in the same build, as the same identity; kill it after `LONGEST` seconds."""
    with subprocess.Popen([sys.executable, "-P", "-m", "groundwork.factory", *words], start_new_session=True) as process:
        try:
            code = process.wait(LONGEST)
        except BaseException as error:  # the child ends with this process, also after a signal
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            return KILLED
    return code if code >= 0 else 128 - code
