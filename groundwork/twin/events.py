"""The twin's events, for a person's commands: each build runs in the calling process, and prints its log to stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from groundwork.twin.cloudscheduler.scheduler import run_due_jobs
from groundwork.twin.github.events import deliver
from groundwork.twin.pubsub.delivery import publish

if TYPE_CHECKING:
    from groundwork.ports.builds import Build
    from groundwork.twin.core.store import Store


class TwinEvents:
    """See `groundwork.ports.events.Events`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def wake(self, projects: Iterable[str]) -> list[Build]:
        """Run the scheduled jobs of these projects, then deliver queued events."""
        builds = [build for project in sorted(projects) for build in run_due_jobs(self._store, project, sys.stderr, _never)]
        deliver(self._store, sys.stderr, _never)
        return builds

    def publish(self, topic: str, attributes: Mapping[str, str]) -> list[Build]:
        """Publish a message, run the builds that listen, then deliver queued events."""
        builds = publish(self._store, None, topic, attributes, sys.stderr, _never)
        deliver(self._store, sys.stderr, _never)
        return builds


def _never() -> str:
    """Return no reason to cancel."""
    return ""
