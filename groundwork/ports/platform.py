"""Everything that a pipeline or a build may ask of the cloud that it runs on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from groundwork.ports.builds import Builds
from groundwork.ports.runner import Runner
from groundwork.ports.warehouse import Warehouse

if TYPE_CHECKING:
    import apprise
    import fsspec


@dataclass(frozen=True, kw_only=True)
class Platform:
    """One cloud, seen by one identity."""

    warehouse: Warehouse
    runner: Runner
    builds: Builds
    objects: fsspec.AbstractFileSystem
    """Takes and returns `gs://bucket/path`; raises FileNotFoundError and PermissionError as fsspec does."""
    notifications: apprise.Apprise
    """Add a URL for each who should hear (`mailto://…`); on the twin each message lands in the outbox."""
