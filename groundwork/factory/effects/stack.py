"""Create the candidate's temporary deployment: a Pulumi stack with a separate state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from shlex import quote
from typing import Any

from groundwork.contract.ledger_records import Json
from groundwork.ports.platform import Platform

Program = Callable[[Mapping[str, Any]], Callable[[], None]]
"""Returns a Pulumi program for arguments that a ledger can keep."""


@dataclass(frozen=True)
class CandidateStack:
    """A stack that is created, and later destroyed with its state."""

    platform: Platform
    program: Program

    def plan(self, *, stack: str, project: str, arguments: Json) -> Json:
        """Return the intent; the caller chooses names and arguments."""
        return {"stack": stack, "project": project, "arguments": arguments}

    def apply(self, intent: Json) -> Json:
        """Run `up`; return the outputs, and type and name of each resource."""
        made = self.platform.stacks.up(intent["stack"], intent["project"], self.program(intent["arguments"]))
        return {"outputs": dict(made.outputs), "resources": [list(resource) for resource in made.resources]}

    def revert(self, intent: Json) -> None:
        """Destroy the stack."""
        self.platform.stacks.remove(intent["stack"])

    def leftovers(self, intent: Json) -> str:
        """Return the resources that are still in the stack's state."""
        leftovers = self.platform.stacks.leftovers(intent["stack"])
        way = f"`pulumi destroy --yes --remove --stack {quote(intent['stack'])}`"
        return f"of the stack {intent['stack']}: {', '.join(leftovers)}: {way}" if leftovers else ""
