"""One step's program under its keeper, seen from the build."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from groundwork.contract.variables import BUILD_STEP_VARIABLE
from groundwork.twin.core.processes import end_marked, end_orphans

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

_LONGEST_LINE = 16_384


class Kept:
    """A program that runs, and everything it starts; none of it outlives `wait()`."""

    _keepers: ClassVar[set[int]] = set()
    _starting: ClassVar[threading.Lock] = threading.Lock()

    def __init__(
        self, command: Sequence[str], *, folder: Path, environment: Mapping[str, str], hear: Callable[[str], None]
    ) -> None:
        self._mark = environment[BUILD_STEP_VARIABLE]
        with Kept._starting:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-m", "groundwork.twin.cloudbuild.supervisor", *command],
                cwd=folder, env=environment, start_new_session=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
            Kept._keepers.add(self._process.pid)
        self._reader = threading.Thread(target=self._read, args=(hear,), daemon=True)
        self._reader.start()
        self._ending = threading.Lock()

    def wait(self) -> int:
        """Return the program's exit code once it and all that it started are gone."""
        code = self._process.wait()
        with Kept._starting:
            Kept._keepers.discard(self._process.pid)
            if code < 0:  # the keeper itself was killed: do its work; what it kept are this process's children now
                end_marked(BUILD_STEP_VARIABLE, self._mark)
                end_orphans(Kept._keepers)
        self._reader.join()
        self.end()
        return code if code >= 0 else 128 - code

    def end(self) -> None:
        """Have the keeper end everything; returns at once."""
        with self._ending, suppress(OSError):
            if self._process.stdin and not self._process.stdin.closed:
                self._process.stdin.close()

    def _read(self, hear: Callable[[str], None]) -> None:
        stream = self._process.stdout
        if stream is None:
            return
        with stream:
            while line := stream.readline(_LONGEST_LINE):
                hear(line.decode("utf-8", "replace").rstrip("\n"))
