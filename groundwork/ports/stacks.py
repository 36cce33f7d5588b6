"""Pulumi stacks that exist for one candidate, as the factory's effects use them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, kw_only=True)
class DeployedStack:
    """The outputs and resources of a stack after an `up`."""

    outputs: Mapping[str, Any]
    resources: tuple[tuple[str, str], ...]
    """Type and logical name of every resource of the stack, without components."""


class Stacks(Protocol):
    """The stacks of the Pulumi project `groundwork-candidate`; each has a separate state."""

    def up(self, stack: str, project: str, program: Callable[[], None]) -> DeployedStack:
        """Deploy a stack in a Google project; a stack that an earlier `up` left incomplete is repaired first.

        Raises Conflict with the engine's message if the program cannot be deployed.
        """
        ...

    def remove(self, stack: str) -> None:
        """Destroy a stack and drop its state, its history and its backups. A missing stack is not an error."""
        ...

    def leftovers(self, stack: str) -> list[str]:
        """Return the resources in a stack's state, one phrase each; none for a stack that never existed."""
        ...
