"""Schedules of pipelines, each with a pipeline that is pinned by digest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A pipeline and its times."""

    cron: str
    """A cron expression in UTC: `0 5 * * 1`."""
    pipeline: str
    """`gs://…` of the compiled pipeline, named after its digest."""
    digest: str
    """`sha256:…` of the compiled pipeline."""
    service_account: str
    """E-mail of the identity that it runs as."""


class Schedules(Protocol):
    """The schedules of one project, by name."""

    def get(self, name: str) -> Schedule | None:
        """Return a schedule, if there is one of that name."""
        ...

    def put(self, name: str, schedule: Schedule | None, *, expected: Schedule | None) -> None:
        """Create, change or (None) delete a schedule.

        Raises Conflict unless the current one is `expected` or equal to `schedule`, and Absent if the compiled pipeline or the
        identity does not exist.
        """
        ...
