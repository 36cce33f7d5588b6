"""Stacks of candidates: small, short-lived, many at the same time, deployed by Pulumi's engine from a program in this process.

Only the state in the backend is kept: each operation has a temporary folder of its own. A later process can open a stack,
because the engine reads from the state how its secrets are encrypted.
"""

from __future__ import annotations

import gc
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from pulumi import automation
from pulumi.automation._stack import StackInitMode

from groundwork.engine.stack import Stack, diagnostics
from groundwork.ports.errors import Conflict, Unavailable
from groundwork.ports.stacks import DeployedStack

PROJECT = "groundwork-candidate"
"""The Pulumi project of all candidates' stacks."""


class CandidateStates(Protocol):
    """The storage of states, for operations that Pulumi's CLI does not have."""

    def exists(self, stack: str) -> bool:
        """Return whether the stack exists."""
        ...

    def recover(self, stack: Stack) -> None:
        """Repair a stack after its engine was killed; raises Unavailable while an engine works on it."""
        ...

    def leftovers(self, stack: str) -> list[str]:
        """Return the files of a stack (state, history, backups, locks), one phrase each."""
        ...

    def sweep(self, stack: str) -> None:
        """Delete the leftover files of a removed stack."""
        ...


class CandidateStacks:
    """See `groundwork.ports.stacks.Stacks`."""

    def __init__(self, variables: Mapping[str, str], pulumi: Path, backend: CandidateStates) -> None:
        """`variables` lead to the states and the cloud; the engine is `bin/pulumi` in the folder `pulumi`."""
        self._variables = dict(variables)
        self._pulumi = pulumi
        self._backend = backend

    def up(self, stack: str, project: str, program: Callable[[], None]) -> DeployedStack:
        """Deploy a stack; an interrupted deployment is repaired first."""
        with _folder(stack, project) as folder, _port_errors(stack):
            if self._backend.exists(stack):
                self._backend.recover(self._stack(stack, folder))
            else:
                self._backend.sweep(stack)  # a removal that was killed may have left a lock
            deployed = _DeployedFromEvents()
            with _without_garbage_collection():
                self._selected(stack, folder, program).up(on_event=deployed, color="never")
            return DeployedStack(outputs=deployed.outputs, resources=tuple(sorted(deployed.resources)))

    def remove(self, stack: str) -> None:
        """Destroy a stack and delete its state, its history and its backups."""
        if not self._backend.leftovers(stack):
            return
        with _folder(stack, None) as folder, _port_errors(stack):
            if self._backend.exists(stack):
                self._backend.recover(self._stack(stack, folder))
                self._run(folder, "destroy", "--yes", "--skip-preview", "--color=never", "--stack", stack)
                self._run(folder, "stack", "rm", "--yes", "--remove-backups", "--stack", stack)
        self._backend.sweep(stack)

    def leftovers(self, stack: str) -> list[str]:
        """Return the leftover files of a stack, one phrase each."""
        return self._backend.leftovers(stack)

    def _stack(self, stack: str, folder: Path) -> Stack:
        return Stack(stack, folder, self._variables, self._pulumi, project=PROJECT)

    def _selected(self, stack: str, folder: Path, program: Callable[[], None]) -> automation.Stack:
        workspace = _Workspace(work_dir=str(folder), program=program, env_vars=self._variables, pulumi_command=self._command)
        return _WithoutHistory(stack, workspace, StackInitMode.SELECT if self._backend.exists(stack) else StackInitMode.CREATE)

    def _run(self, folder: Path, *arguments: str) -> None:
        self._command.run(list(arguments), str(folder), self._variables)

    @cached_property
    def _command(self) -> automation.PulumiCommand:
        return automation.PulumiCommand(str(self._pulumi))


class _Workspace(automation.LocalWorkspace):
    """A workspace that selects no stack: Pulumi stores a selection outside of the folder, and every command names its stack."""

    def create_stack(self, stack_name: str) -> None:
        self.pulumi_command.run(["stack", "init", stack_name, "--no-select"], self.work_dir, self.env_vars)

    def select_stack(self, stack_name: str) -> None:
        """Do nothing."""

    def stack_outputs(self, stack_name: str) -> automation.OutputMap:
        """Return none: the engine's events contain the outputs, and reading them would start the CLI twice more."""
        _ = stack_name
        return {}


class _WithoutHistory(automation.Stack):
    """A stack that does not read the history from the CLI after an `up`: the events contained all of it."""

    def info(self, show_secrets: bool = True) -> automation.UpdateSummary:  # noqa: FBT001, FBT002  Pulumi's signature
        _ = show_secrets
        return automation.UpdateSummary(
            kind="update", start_time=datetime.now(UTC), message="", environment={}, config={}, result="succeeded"
        )


class _DeployedFromEvents:
    """The outputs and resources of a stack, from the engine's events of an `up`."""

    def __init__(self) -> None:
        self.outputs: Mapping[str, Any] = {}
        self.resources: list[tuple[str, str]] = []

    def __call__(self, event: automation.EngineEvent) -> None:
        """Record a resource, or the outputs of the stack."""
        if event.res_outputs_event is None:
            return
        resource = event.res_outputs_event.metadata
        if resource.type == "pulumi:pulumi:Stack":
            self.outputs = dict(resource.new.outputs or {}) if resource.new else {}
        elif resource.new and resource.new.custom and not resource.type.startswith("pulumi:"):
            self.resources.append((resource.type, resource.urn.rpartition("::")[2]))


@contextmanager
def _folder(stack: str, project: str | None) -> Iterator[Path]:
    """Create a project folder for one operation."""
    with tempfile.TemporaryDirectory(prefix="groundwork-candidate-") as name:
        folder = Path(name)
        (folder / "Pulumi.yaml").write_text(f"name: {PROJECT}\nruntime: python\n")
        if project:
            (folder / f"Pulumi.{stack}.yaml").write_text(json.dumps({"config": {"gcp:project": project}}))
        yield folder


@contextmanager
def _port_errors(stack: str) -> Iterator[None]:
    """Turn errors of the engine into errors of ports."""
    try:
        yield
    except automation.ConcurrentUpdateError as error:
        raise Unavailable(f"another engine works on the stack `{stack}`", "try again when it has ended") from error
    except automation.CommandError as error:
        raise Conflict(
            f"Pulumi failed on the stack `{stack}`:\n{diagnostics(error)}", "correct the cause, and try again"
        ) from error


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Switch garbage collection off: it would scan Google's SDK again and again, for half of the time of a program."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
