"""Time on the twin passes when somebody says so: every job of a project's scheduler runs once, as if it were time for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TextIO

from groundwork.ports.builds import Build
from groundwork.twin.builds.log import say
from groundwork.twin.builds.order import for_message
from groundwork.twin.builds.run import run_build
from groundwork.twin.home import Home
from groundwork.twin.services.cloudscheduler import Job
from groundwork.twin.services.triggers import Trigger


def strike(home: Home, project: str, stream: TextIO, cancelled: Callable[[], str]) -> list[Build]:
    """Run the build of every trigger that hears of a scheduled job, and return them as they ended."""
    ran: list[Build] = []
    for topic in sorted(_scheduled(home, project)):
        listening = [trigger for _, trigger in home.all(Trigger.type) if _hears(trigger, topic)]
        if not listening:
            say(stream, f"nothing is built: no trigger listens to {topic}")
        ran.extend(run_build(home, for_message(trigger), stream, cancelled) for trigger in listening if not cancelled())
    return ran


def _scheduled(home: Home, project: str) -> set[str]:
    jobs = (job for _, job in home.all(Job.type) if job["project"] == project and not job["paused"])
    return {job["pubsubTarget"]["topicName"] for job in jobs}


def _hears(trigger: Mapping[str, Any], topic: str) -> bool:
    return (trigger.get("pubsubConfig") or {}).get("topic") == topic and not trigger.get("disabled")
