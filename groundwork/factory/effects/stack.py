"""The candidate's own resources: a Pulumi stack in a state of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from shlex import quote
from typing import Any

from groundwork.contract.ledger_records import Json
from groundwork.ports.platform import Platform

Program = Callable[[Mapping[str, Any]], Callable[[], None]]
"""Returns a Pulumi program for arguments that fit into a ledger."""


@dataclass(frozen=True)
class CandidateStack:
    """A stack that is brought about, and later destroyed with its state."""

    platform: Platform
    program: Program

    def plan(self, *, stack: str, project: str, arguments: Json) -> Json:
        """Names and arguments are chosen by the caller."""
        return {"stack": stack, "project": project, "arguments": arguments}

    def apply(self, intent: Json) -> Json:
        """Bring it about; return its outputs, and type and name of its resources."""
        made = self.platform.stacks.up(intent["stack"], intent["project"], self.program(intent["arguments"]))
        return {"outputs": dict(made.outputs), "resources": [list(resource) for resource in made.resources]}

    def revert(self, intent: Json) -> None:
        """Destroy it."""
        self.platform.stacks.remove(intent["stack"])

    def leftovers(self, intent: Json) -> str:
        """Return what the stack's state still knows."""
        left = self.platform.stacks.left(intent["stack"])
        way = f"`pulumi destroy --yes --remove --stack {quote(intent['stack'])}`"
        return f"of the stack {intent['stack']}: {', '.join(left)}: {way}" if left else ""
