"""Runs pushed code in Python processes with the pushed `pipelines` and the platform's `groundwork`, for a limited time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from groundwork.printable import printable

_LINES = 30
_BYTES = 20_000


@dataclass(frozen=True, kw_only=True)
class Done:
    """The end of a process."""

    code: int | None
    """None after a timeout."""
    tail: str
    """The end of its output, printable in a terminal."""


def run_python(
    arguments: Sequence[str], *, path: Path, scratch: Path, seconds: float, more: Mapping[str, str] | None = None
) -> Done:
    """Run Python with `path` as its PYTHONPATH, in an empty folder; all processes that it started end with it.

    Its output goes to a file: a pipe would stay open as long as any process that it started.
    """
    folder = scratch / "empty"
    folder.mkdir(exist_ok=True)
    environment = {**os.environ, "PYTHONPATH": str(path), "PYTHONSAFEPATH": "1", **(more or {})}
    with (scratch / "said").open("w+b") as said:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            code: int | None = process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        size = said.seek(0, os.SEEK_END)
        said.seek(max(0, size - _BYTES))
        text = said.read().decode("utf-8", "replace")
    return Done(code=code, tail="\n".join(printable(text).strip().splitlines()[-_LINES:]))
