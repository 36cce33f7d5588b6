"""Candidates' stacks: small, short-lived and many at once, brought about by Pulumi's engine from a program in this process.

Nothing is kept beside the backend's state: each operation has a folder of its own, gone with it. What a later process needs to
open a stack (how its secrets are encrypted) the engine finds in the state.
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
"""The Pulumi project of them all."""


class CandidateStates(Protocol):
    """Where the states are: what the CLI cannot tell or do."""

    def there(self, stack: str) -> bool:
        """Return whether there is such a stack."""
        ...

    def recover(self, stack: Stack) -> None:
        """Put right what a killed engine left; raises Unavailable while one works on the stack."""
        ...

    def leftovers(self, stack: str) -> list[str]:
        """Return what there is of a stack: state, history, backups, locks; one phrase each."""
        ...

    def sweep(self, stack: str) -> None:
        """Drop what is left of a stack that is gone."""
        ...


class CandidateStacks:
    """See `groundwork.ports.stacks.Stacks`."""

    def __init__(self, variables: Mapping[str, str], pulumi: Path, backend: CandidateStates) -> None:
        """`variables` say where states are and how to reach the cloud; `pulumi` is the folder whose `bin/pulumi` to run."""
        self._variables = dict(variables)
        self._pulumi = pulumi
        self._backend = backend

    def up(self, stack: str, project: str, program: Callable[[], None]) -> DeployedStack:
        """Bring a stack about; half-made ones are put right first."""
        with _folder(stack, project) as folder, _said_as_ports_do(stack):
            if self._backend.there(stack):
                self._backend.recover(self._stack(stack, folder))
            else:
                self._backend.sweep(stack)  # a removal that was killed may have left a lock
            heard = _Heard()
            with _without_collecting():
                self._selected(stack, folder, program).up(on_event=heard, color="never")
            return DeployedStack(outputs=heard.outputs, resources=tuple(sorted(heard.resources)))

    def remove(self, stack: str) -> None:
        """Destroy a stack and everything that is kept of it."""
        if not self._backend.leftovers(stack):
            return
        with _folder(stack, None) as folder, _said_as_ports_do(stack):
            if self._backend.there(stack):
                self._backend.recover(self._stack(stack, folder))
                self._run(folder, "destroy", "--yes", "--skip-preview", "--color=never", "--stack", stack)
                self._run(folder, "stack", "rm", "--yes", "--remove-backups", "--stack", stack)
        self._backend.sweep(stack)

    def leftovers(self, stack: str) -> list[str]:
        """Return what is still there of a stack's state."""
        return self._backend.leftovers(stack)

    def _stack(self, stack: str, folder: Path) -> Stack:
        return Stack(stack, folder, self._variables, self._pulumi, project=PROJECT)

    def _selected(self, stack: str, folder: Path, program: Callable[[], None]) -> automation.Stack:
        workspace = _Workspace(work_dir=str(folder), program=program, env_vars=self._variables, pulumi_command=self._command)
        return _Quick(stack, workspace, StackInitMode.SELECT if self._backend.there(stack) else StackInitMode.CREATE)

    def _run(self, folder: Path, *arguments: str) -> None:
        self._command.run(list(arguments), str(folder), self._variables)

    @cached_property
    def _command(self) -> automation.PulumiCommand:
        return automation.PulumiCommand(str(self._pulumi))


class _Workspace(automation.LocalWorkspace):
    """One that selects nothing: a selection is kept outside of the folder, and every command names its stack."""

    def create_stack(self, stack_name: str) -> None:
        self.pulumi_command.run(["stack", "init", stack_name, "--no-select"], self.work_dir, self.env_vars)

    def select_stack(self, stack_name: str) -> None:
        """Do nothing."""

    def stack_outputs(self, stack_name: str) -> automation.OutputMap:
        """Return none: the engine's events tell them, and the CLI would be started twice more for them."""
        _ = stack_name
        return {}


class _Quick(automation.Stack):
    """One that does not ask the CLI for the history of what has just been heard."""

    def info(self, show_secrets: bool = True) -> automation.UpdateSummary:  # noqa: FBT001, FBT002  Pulumi's signature
        _ = show_secrets
        return automation.UpdateSummary(
            kind="update", start_time=datetime.now(UTC), message="", environment={}, config={}, result="succeeded"
        )


class _Heard:
    """What the engine's events say of an `up`."""

    def __init__(self) -> None:
        self.outputs: Mapping[str, Any] = {}
        self.resources: list[tuple[str, str]] = []

    def __call__(self, event: automation.EngineEvent) -> None:
        """Note a resource that is there, or what the stack puts out."""
        if event.res_outputs_event is None:
            return
        resource = event.res_outputs_event.metadata
        if resource.type == "pulumi:pulumi:Stack":
            self.outputs = dict(resource.new.outputs or {}) if resource.new else {}
        elif resource.new and resource.new.custom and not resource.type.startswith("pulumi:"):
            self.resources.append((resource.type, resource.urn.rpartition("::")[2]))


@contextmanager
def _folder(stack: str, project: str | None) -> Iterator[Path]:
    """Make a project folder for one operation."""
    with tempfile.TemporaryDirectory(prefix="groundwork-candidate-") as name:
        folder = Path(name)
        (folder / "Pulumi.yaml").write_text(f"name: {PROJECT}\nruntime: python\n")
        if project:
            (folder / f"Pulumi.{stack}.yaml").write_text(json.dumps({"config": {"gcp:project": project}}))
        yield folder


@contextmanager
def _said_as_ports_do(stack: str) -> Iterator[None]:
    try:
        yield
    except automation.ConcurrentUpdateError as error:
        raise Unavailable(f"another engine works on the stack `{stack}`", "try again when it has ended") from error
    except automation.CommandError as error:
        raise Conflict(
            f"Pulumi failed on the stack `{stack}`:\n{diagnostics(error)}", "correct the cause, and try again"
        ) from error


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Keep the collector of garbage from walking through Google's SDK again and again: it takes half of the time of a program."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
