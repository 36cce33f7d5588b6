"""The registry of models: versions, and the aliases that say which of them serves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

CHAMPION = "champion"
"""The alias of the version that serves."""


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version of a model."""

    model: str
    """The model's name: a deployment's."""
    version: str
    """The registry's own number for it: `1`, `2`, …"""
    key: str
    """The candidate that registered it. One version per key."""
    artifact: str
    """`gs://…` of the model's files."""
    labels: Mapping[str, str]
    aliases: tuple[str, ...]


class Models(Protocol):
    """The versions of one project's models."""

    def versions(self, model: str) -> list[Version]:
        """Return every version, oldest first; none if the model does not exist."""
        ...

    def register(self, model: str, *, key: str, artifact: str, labels: Mapping[str, str]) -> Version:
        """Register a version without any alias, or return the version of this key; the first version creates the model."""
        ...

    def delete(self, model: str, version: str) -> None:
        """Delete a version, and the model with its last one; an absence is not an error.

        Raises Conflict while it has an alias.
        """
        ...

    def alias(self, model: str, alias: str) -> str | None:
        """Return the version that an alias is on, if any."""
        ...

    def move_alias(self, model: str, alias: str, *, to: str | None, expected: str | None) -> None:
        """Put an alias on a version (None: on none).

        Raises Conflict unless it is on `expected` or already on the version, and Absent if the version does not exist.
        """
        ...
