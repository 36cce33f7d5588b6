"""The resources that people create by hand before the first `pulumi up` of an environment."""

from __future__ import annotations

from typing import Protocol


class Prerequisites(Protocol):
    """Looks up prerequisites without changing anything."""

    location: str
    """The platform, as shown to people: `the twin in /…`."""
    remedy: str
    """A command that creates missing prerequisites, or the section of a guide."""

    def has_project(self, project: str) -> bool:
        """Return whether the project exists."""
        ...

    def has_secret(self, project: str, secret: str) -> bool:
        """Return whether a secret exists and has a version with a value."""
        ...

    def has_repository(self, remote: str) -> bool:
        """Return whether the repository exists."""
        ...
