"""A command of the factory in a process of its own, so that whatever it does to that process stops nobody else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import Protocol

LONGEST = 5_400
"""Seconds: a candidate's builds have their time, and a build of the factory's has some left."""
WELL, REFUSED, NOT_PROMOTED, BROKE = 0, 1, 3, 70
"""Exit codes: all is well; something is for a person to put right, and was said; how a promotion may end, too; and a bug, whose
traceback was printed."""
KILLED = 128 + signal.SIGKILL


class Apart(Protocol):
    """Runs one command to its end."""

    def __call__(self, *words: str) -> int:
        """Return its exit code: that of a killed one is none of those above."""
        ...


def apart(*words: str) -> int:
    """Run `python -P -m groundwork.factory …` in the same build, as the same identity, and end it when it takes too long."""
    with subprocess.Popen([sys.executable, "-P", "-m", "groundwork.factory", *words], start_new_session=True) as process:
        try:
            code = process.wait(LONGEST)
        except BaseException as error:  # whatever ends this process ends what it started
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            return KILLED
    return code if code >= 0 else 128 - code
