"""Pulumi's own engine, through its Automation API: the same CLI as by hand."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pulumi import automation

from groundwork.errors import GroundworkError


@dataclass(frozen=True)
class Summary:
    """What an operation did: resources by operation (`create`, `update`, `delete`, `same`, …), and how long it took."""

    changes: Mapping[str, int]
    seconds: float


class Stack:
    """One stack, made from a checkout (or a folder with a `Pulumi.yaml` alone), where the variables say."""

    def __init__(
        self, name: str, checkout: Path, variables: Mapping[str, str], pulumi: Path, *, project: str = "groundwork"
    ) -> None:
        """`pulumi` is the folder whose `bin/pulumi` to run; `project` is the one that the checkout's `Pulumi.yaml` names."""
        self.name = name
        self.project = project
        self._checkout = checkout
        self._variables = dict(variables)
        self._pulumi = pulumi

    def up(self, progress: Callable[[int], None]) -> Summary:
        """Bring the environment about; `progress` hears how many resources are done. Raises GroundworkError in Pulumi's words."""
        done: Counter[str] = Counter()

        def hear(event: automation.EngineEvent) -> None:
            if event.res_outputs_event:
                done[event.res_outputs_event.metadata.op] += 1
                progress(done.total())

        started = time.monotonic()
        try:
            result = self._stack.up(on_event=hear, color="never")
        except automation.CommandError as error:
            raise GroundworkError(
                "up-failed", f"`pulumi up --stack {self.name}` failed:\n{diagnostics(error)}",
                f"correct the cause, or run `groundwork recover -e {self.name}` if an earlier `up` was interrupted",
            ) from error  # fmt: skip
        changes = {str(getattr(kind, "value", kind)): count for kind, count in (result.summary.resource_changes or {}).items()}
        return Summary(changes, time.monotonic() - started)

    def outputs(self) -> dict[str, Any]:
        """Return what the environment exports; nothing before its first `up`."""
        return {name: output.value for name, output in self._stack.outputs().items()}

    def cancel(self) -> None:
        """Take away the lock of an engine that is known to be gone."""
        self._stack.cancel()

    def exported(self) -> dict[str, Any]:
        """Return the stack's state as `pulumi stack export` prints it."""
        state = self._stack.export_stack()
        return {"version": state.version, "deployment": state.deployment}

    def adopt(self, resources: Mapping[str, Any]) -> None:
        """Take resources that are there into the state: `resources` is what `pulumi import --file` takes."""
        self._stack.import_resources(
            resources=resources["resources"], name_table=resources["nameTable"], protect=False, generate_code=False
        )

    def forget_unfinished(self) -> None:
        """Drop creates that never ended from the state, and look again at what is there."""
        self._stack.refresh(clear_pending_creates=True, color="never")

    @cached_property
    def _stack(self) -> automation.Stack:
        command = automation.PulumiCommand(str(self._pulumi))
        options = automation.LocalWorkspaceOptions(env_vars=self._variables, pulumi_command=command)
        try:
            return automation.select_stack(stack_name=self.name, work_dir=str(self._checkout), opts=options)
        except automation.StackNotFoundError as error:
            known = sorted(file.name.split(".")[1] for file in self._checkout.glob("Pulumi.*.yaml"))
            if self.name in known:
                hint = 'run `eval "$(.venv/bin/groundwork twin env)"`, which makes the stacks of all environment files'
            else:
                hint = f"write `Pulumi.{self.name}.yaml`, or did you mean one of {', '.join(f'`{name}`' for name in known)}?"
            raise GroundworkError("environment-not-found", f"there is no environment `{self.name}`", hint) from error


def diagnostics(error: automation.CommandError) -> str:
    """Return the part of Pulumi's output that says what went wrong."""
    lines = str(error).splitlines()
    start = next((index for index, line in enumerate(lines) if line.startswith("Diagnostics:")), 0)
    return "\n".join(line for line in lines[start:] if line.strip() and "from $PATH" not in line)
