"""Runs every job of a project's scheduler once, as if it were due: time on the twin passes only on request."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from groundwork.ports.builds import Build
from groundwork.twin.cloudscheduler.resources import Job
from groundwork.twin.core.store import Store
from groundwork.twin.pubsub.delivery import publish


def run_due_jobs(store: Store, project: str, stream: TextIO, cancelled: Callable[[], str]) -> list[Build]:
    """Run the build of every trigger on a scheduled job's topic, and return the finished builds."""
    topics = sorted(_scheduled(store, project))
    return [build for topic in topics for build in publish(store, None, topic, {}, stream, cancelled)]


def _scheduled(store: Store, project: str) -> set[str]:
    jobs = (job for _, job in store.all(Job.type) if job["project"] == project and not job["paused"])
    return {job["pubsubTarget"]["topicName"] for job in jobs}
