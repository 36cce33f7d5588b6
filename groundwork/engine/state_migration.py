"""A stack's state, and its way from one place to another.

It can be killed and begun again at any point: what is at the target is written anew as long as the source is there, and the
source is removed only once the target's copy has been read back.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pulumi import automation

from groundwork.engine.stack import Stack
from groundwork.errors import GroundworkError

URL = "PULUMI_BACKEND_URL"


@dataclass(frozen=True, kw_only=True)
class StateBackend:
    """A place for states."""

    url: str
    """As Pulumi takes it: `gs://…`, `file://…`."""

    ready: Callable[[], bool]
    """Whether it is there at all."""

    recover: Callable[[Stack], object]
    """Puts right what a killed engine left of a stack there."""


class States:
    """The states of one stack, wherever they are."""

    def __init__(self, stack: str, project: str, folder: Path, variables: Mapping[str, str], pulumi: Path) -> None:
        """`folder` has the project's `Pulumi.yaml`; `pulumi` is the folder whose `bin/pulumi` to run, with these variables."""
        self.stack = stack
        self.project = project
        self.folder = folder
        self._variables = dict(variables)
        self._pulumi = pulumi

    def at(self, backend: StateBackend) -> bool:
        """Return whether there is one."""
        if not backend.ready():
            return False
        listed = json.loads(self._run(backend, "stack", "ls", "--json"))
        return self.stack in {str(stack["name"]).rpartition("/")[2] for stack in listed}

    def make(self, backend: StateBackend) -> None:
        """Make an empty one."""
        self._run(backend, "stack", "init", self.stack, "--no-select")

    def recover(self, backend: StateBackend) -> None:
        """Put right what a killed engine left of the stack there."""
        found = Stack(self.stack, self.folder, self.variables(backend), self._pulumi, project=self.project)
        backend.recover(found)

    def move(self, source: StateBackend, target: StateBackend, *, over: bool = True) -> None:
        """Take it there; secrets in it stay as they are, and open with the same passphrase or key. Raises GroundworkError.

        Without `over`, another state at the target is nothing to write over: only an empty one is, or a copy.
        """
        held = self._opened(source)
        if not over and self.at(target) and self._opened(target) not in ([], held):
            raise GroundworkError(
                "state-conflict",
                f"there is a state of `{self.stack}` at {source.url}, and another one at {target.url}",
                "compare the two, and remove the wrong one with `pulumi stack rm --force --preserve-config`",
            )
        self._put(self._run(source, "stack", "export", "--stack", self.stack), target)
        if self._opened(target) != held:
            raise GroundworkError(
                "state-move-failed",
                f"{target.url} returned another state than the one written; the state at {source.url} is unchanged",
                "run it again; if it fails again, find the other writer of the bucket",
            )
        self._run(source, "stack", "rm", "--yes", "--force", "--remove-backups", "--preserve-config", "--stack", self.stack)

    def variables(self, backend: StateBackend) -> dict[str, str]:
        """Return what the engine needs in its environment to work there."""
        return {**self._variables, URL: backend.url}

    @cached_property
    def command(self) -> automation.PulumiCommand:
        """The Pulumi CLI."""
        return automation.PulumiCommand(str(self._pulumi))

    def _put(self, state: str, target: StateBackend) -> None:
        if self.at(target):
            self.recover(target)
        else:
            self.make(target)
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write(state)
            file.flush()
            self._run(target, "stack", "import", "--file", file.name, "--stack", self.stack)

    def _opened(self, backend: StateBackend) -> list[Any]:
        """Return what is in it, secrets opened: the engine encrypts them anew, and differently, each time that it writes."""
        state = json.loads(self._run(backend, "stack", "export", "--show-secrets", "--stack", self.stack))
        return list(state["deployment"].get("resources") or [])

    def _run(self, backend: StateBackend, *words: str) -> str:
        return self.command.run(list(words), str(self.folder), self.variables(backend)).stdout
