"""The platform: every port that a pipeline or a build can use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from groundwork.ports.builds import Builds
from groundwork.ports.git_provider import GitProvider
from groundwork.ports.models import Models
from groundwork.ports.runner import Runner
from groundwork.ports.schedules import Schedules
from groundwork.ports.stacks import Stacks
from groundwork.ports.warehouse import Warehouse

if TYPE_CHECKING:
    import apprise
    import fsspec  # type: ignore[import-untyped]  # fsspec has no types


@dataclass(frozen=True, kw_only=True)
class Platform:
    """One cloud, seen by one identity."""

    warehouse: Warehouse
    runner: Runner
    builds: Builds
    models: Callable[[str], Models]
    """Of a project."""
    schedules: Callable[[str], Schedules]
    """Of a project."""
    git_provider: Callable[[str, str], GitProvider]
    """Of a repository's remote, with the credential in a secret's latest version (`projects/…/secrets/…`)."""
    secret: Callable[[str], str]
    """The payload in a secret's latest version (`projects/…/secrets/…`); raises Absent, Denied and Unavailable."""
    stacks: Stacks
    """Where candidates' stacks are kept."""
    objects: fsspec.AbstractFileSystem
    """Takes `gs://bucket/path` and returns `bucket/path`, as gcsfs does; raises FileNotFoundError and PermissionError."""
    notifications: apprise.Apprise
    """Add a URL for each recipient (`mailto://…`); on the twin each message becomes a file in the outbox."""
