"""Builds that triggers started or other builds submitted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, kw_only=True)
class BuildStep:
    """One step of a build."""

    id: str
    status: str
    """Cloud Build's: QUEUED, WORKING, SUCCESS, FAILURE, TIMEOUT, CANCELLED; and SKIPPED for a step that the twin cannot run."""
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A build of one commit with its own identity, before it runs."""

    key: str
    """A unique name: one submission is built once."""
    project: str
    region: str
    repository: str
    """The remote, `https://…/….git`."""
    branch: str
    commit: str
    """Empty for a build without a source."""
    build: Mapping[str, Any]
    """The build in Cloud Build's JSON form, its substitutions not yet filled in."""
    substitutions: Mapping[str, str]
    service_account: str
    """E-mail address of the service account that the build runs as."""


@dataclass(frozen=True, kw_only=True)
class Build:
    """One build."""

    id: str
    project: str
    trigger: str
    """Its name; empty for one that was submitted."""
    branch: str
    commit: str
    status: str
    """Cloud Build's: QUEUED, WORKING, SUCCESS, FAILURE, TIMEOUT, CANCELLED, INTERNAL_ERROR, EXPIRED."""
    service_account: str
    created: datetime
    finished: datetime | None
    steps: tuple[BuildStep, ...]
    error: str
    key: str = ""
    """The key of its submission; empty for a build that a trigger started."""


class Builds(Protocol):
    """The builds; each method raises Absent for a build that does not exist."""

    def builds(self) -> list[Build]:
        """Return every build, newest first."""
        ...

    def get(self, build: str) -> Build:
        """Return one build."""
        ...

    def submit(self, submission: Submission, hear: Callable[[str], None]) -> Build:
        """Run a build to its end and return it, failed or not; `hear` gets its log, line by line.

        If a build of this key succeeded, failed through its own code or is under way, it is followed instead; a build that was
        cancelled, died or failed through the platform runs again. Raises Denied if the caller may not build or may not act as
        the identity.
        """
        ...

    def cancel(self, build: str) -> Build:
        """Ask a build to end, wait for its end and return it; a finished build does not change."""
        ...

    def log(self, build: str) -> str:
        """Return a build's log so far."""
        ...
