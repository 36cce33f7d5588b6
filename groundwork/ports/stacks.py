"""Stacks that live for one candidate: Pulumi's engine, behind what effects need of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, kw_only=True)
class DeployedStack:
    """What an `up` brought about."""

    outputs: Mapping[str, Any]
    resources: tuple[tuple[str, str], ...]
    """Type and logical name of every resource of the stack, components left out."""


class Stacks(Protocol):
    """The stacks of the Pulumi project `groundwork-candidate`; each is in a state of its own."""

    def up(self, stack: str, project: str, program: Callable[[], None]) -> DeployedStack:
        """Bring a stack about in a Google project; one that an earlier `up` left half-made is put right first.

        Raises Conflict with the engine's words where the program cannot be brought about.
        """
        ...

    def remove(self, stack: str) -> None:
        """Destroy a stack and drop its state, its history and its backups; an absence is not an error."""
        ...

    def left(self, stack: str) -> list[str]:
        """Return what is still there of a stack's state, one phrase each; nothing for a stack that never was."""
        ...
