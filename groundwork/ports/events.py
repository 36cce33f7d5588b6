"""Events that start builds: messages on topics, scheduled jobs, and events of the Git provider."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from groundwork.ports.builds import Build


class Events(Protocol):
    """Starts builds by the events that they listen to; never starts a build directly."""

    def wake(self, projects: Iterable[str]) -> list[Build]:
        """Run the scheduled jobs of these projects now, then deliver queued events of the Git provider.

        Return the builds of the jobs that this process has waited for; none where builds run elsewhere.
        """
        ...

    def publish(self, topic: str, attributes: Mapping[str, str]) -> list[Build]:
        """Publish a message to a topic (`projects/…/topics/…`), then deliver queued events of the Git provider.

        Return the builds that the message started. Raises Absent and Denied.
        """
        ...
