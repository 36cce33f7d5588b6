"""Move the state of a stack from one backend to another.

A move can be killed and repeated at any point: the target is written again as long as the source exists, and the source is
removed only after the copy at the target has been read back.
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
    """A Pulumi backend, which stores states."""

    url: str
    """The URL in Pulumi's form: `gs://…`, `file://…`."""

    ready: Callable[[], bool]
    """Returns whether the backend exists."""

    recover: Callable[[Stack], object]
    """Repairs a stack of the backend after its engine was killed."""


class States:
    """The states of one stack, in any backend."""

    def __init__(self, stack: str, project: str, folder: Path, variables: Mapping[str, str], pulumi: Path) -> None:
        """`folder` has the project's `Pulumi.yaml`; the engine is `bin/pulumi` in the folder `pulumi`, with these variables."""
        self.stack = stack
        self.project = project
        self.folder = folder
        self._variables = dict(variables)
        self._pulumi = pulumi

    def exists(self, backend: StateBackend) -> bool:
        """Return whether the backend has a state of the stack."""
        if not backend.ready():
            return False
        listed = json.loads(self._run(backend, "stack", "ls", "--json"))
        return self.stack in {str(stack["name"]).rpartition("/")[2] for stack in listed}

    def create(self, backend: StateBackend) -> None:
        """Create an empty state."""
        self._run(backend, "stack", "init", self.stack, "--no-select")

    def recover(self, backend: StateBackend) -> None:
        """Repair the stack in a backend after its engine was killed."""
        backend.recover(Stack(self.stack, self.folder, self.variables(backend), self._pulumi, project=self.project))

    def move(self, source: StateBackend, target: StateBackend, *, overwrite: bool = True) -> None:
        """Move the state; its secrets keep their passphrase or key. Raises GroundworkError.

        Without `overwrite`, only an empty state or a copy at the target is replaced.
        """
        resources = self._decrypted(source)
        if not overwrite and self.exists(target) and self._decrypted(target) not in ([], resources):
            raise GroundworkError(
                "state-conflict",
                f"there are two different states of `{self.stack}`: at {source.url}, and at {target.url}",
                "compare the two, and remove the wrong one with `pulumi stack rm --force --preserve-config`",
            )
        self._put(self._run(source, "stack", "export", "--stack", self.stack), target)
        if self._decrypted(target) != resources:
            raise GroundworkError(
                "state-move-failed",
                f"{target.url} returned another state than the one written; the state at {source.url} is unchanged",
                "run it again; if it fails again, find the other writer of the bucket",
            )
        self._run(source, "stack", "rm", "--yes", "--force", "--remove-backups", "--preserve-config", "--stack", self.stack)

    def variables(self, backend: StateBackend) -> dict[str, str]:
        """Return the environment variables with which the engine uses a backend."""
        return {**self._variables, URL: backend.url}

    @cached_property
    def command(self) -> automation.PulumiCommand:
        """The Pulumi CLI."""
        return automation.PulumiCommand(str(self._pulumi))

    def _put(self, state: str, target: StateBackend) -> None:
        if self.exists(target):
            self.recover(target)
        else:
            self.create(target)
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write(state)
            file.flush()
            self._run(target, "stack", "import", "--file", file.name, "--stack", self.stack)

    def _decrypted(self, backend: StateBackend) -> list[Any]:
        """Return the resources of a state, secrets decrypted: the engine encrypts them differently each time that it writes."""
        state = json.loads(self._run(backend, "stack", "export", "--show-secrets", "--stack", self.stack))
        return list(state["deployment"].get("resources") or [])

    def _run(self, backend: StateBackend, *words: str) -> str:
        return self.command.run(list(words), str(self.folder), self.variables(backend)).stdout
