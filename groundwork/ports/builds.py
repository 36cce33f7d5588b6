"""Builds that triggers started."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class BuildStep:
    """One step of a build."""

    id: str
    status: str
    """Cloud Build's: QUEUED, WORKING, SUCCESS, FAILURE, TIMEOUT, CANCELLED; and SKIPPED for what the twin cannot run."""
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Build:
    """One build."""

    id: str
    project: str
    trigger: str
    branch: str
    commit: str
    status: str
    """Cloud Build's: QUEUED, WORKING, SUCCESS, FAILURE, TIMEOUT, CANCELLED, INTERNAL_ERROR."""
    service_account: str
    created: datetime
    finished: datetime | None
    steps: tuple[BuildStep, ...]
    error: str


class Builds(Protocol):
    """What has been built; raises Absent for a build that is not there."""

    def builds(self) -> list[Build]:
        """Return every build, newest first."""
        ...

    def get(self, build: str) -> Build:
        """Return one build."""
        ...

    def log(self, build: str) -> str:
        """Return a build's log so far."""
        ...
