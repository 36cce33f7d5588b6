"""Time on the twin passes when somebody says so: every job of a project's scheduler runs once, as if it were time for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from groundwork.ports.builds import Build
from groundwork.twin.cloudscheduler.resources import Job
from groundwork.twin.core.store import Home
from groundwork.twin.pubsub.delivery import publish


def strike(home: Home, project: str, stream: TextIO, cancelled: Callable[[], str]) -> list[Build]:
    """Run the build of every trigger that hears of a scheduled job, and return them as they ended."""
    topics = sorted(_scheduled(home, project))
    return [build for topic in topics for build in publish(home, None, topic, {}, stream, cancelled)]


def _scheduled(home: Home, project: str) -> set[str]:
    jobs = (job for _, job in home.all(Job.type) if job["project"] == project and not job["paused"])
    return {job["pubsubTarget"]["topicName"] for job in jobs}
