"""Runs of pipelines: start one, list them, read their logs."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol


@dataclass(frozen=True, kw_only=True)
class RunStep:
    """One step of a run."""

    name: str
    status: str
    """`succeeded`, `failed` or `skipped`."""
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Run:
    """One execution of a pipeline."""

    id: str
    pipeline: str
    deployment: str
    build: str | None
    """The build that it belongs to; None for a manual run."""
    status: str
    """`running`, `succeeded`, `failed` or `interrupted`."""
    started: datetime
    ended: datetime | None
    steps: tuple[RunStep, ...]
    artifacts: Mapping[str, str]
    """The address of each output artifact, `gs://…`, by `<step>.<output>`."""
    error: str
    """The error, for a person; empty for a run without one."""
    compiled: str = ""
    """`sha256:…` of the compiled pipeline; empty for a pipeline that kfp cannot compile."""


def new_run(pipeline: str) -> str:
    """Return a new unique name for a run: sortable by time, fit for object names, job names and labels."""
    return f"{pipeline}-{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


class Runner(Protocol):
    """Runs compiled or decorated KFP pipelines."""

    def run(self, pipeline: Callable[..., Any], arguments: Mapping[str, Any], *, run: str, deployment: str, root: str) -> Run:
        """Run a `@dsl.pipeline` to its end and return the run, failed or not; output artifacts go below `root` (`gs://…`).

        The output of steps goes to the run's log at once; a line that is a JSON object is a record of its own. `run` is from
        `new_run`; a second run of that name is a Conflict. Raises Absent if the bucket does not exist, and Denied if the
        identity may not write to it.
        """
        ...

    def runs(self) -> list[Run]:
        """Return every run, newest first."""
        ...

    def log(self, run: str) -> list[Mapping[str, Any]]:
        """Return a run's structured log records, oldest first; raises Absent. Each has `time`, `level`, `step` and `event`."""
        ...
