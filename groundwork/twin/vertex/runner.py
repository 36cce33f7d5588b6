"""Pipelines on the twin: kfp's local runner, with every run on record and in a log."""

from __future__ import annotations

import os
import re
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from groundwork.contract.variables import BUILD_VARIABLE, IDENTITY_VARIABLE, PLATFORM_VARIABLE, RUN_VARIABLE
from groundwork.ports.errors import Absent, Conflict
from groundwork.ports.runner import Run, RunStep
from groundwork.twin.cloudbuild.history import require_own
from groundwork.twin.core.store import Store
from groundwork.twin.iam.permissions import require
from groundwork.twin.vertex.local_kfp import compiled, execute, task_names
from groundwork.twin.vertex.run_log import RunLog, read_log
from groundwork.twin.vertex.runs import all_runs, get_run, log_path, recorded, update_run

_ROOT = re.compile(r"gs://([a-z0-9][a-z0-9_-]+)((?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*)")
_TURN = re.compile(r"iteration-(\d+)")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_TAIL = 60


class TwinRunner:
    """A `Runner`; its steps are processes of this Python, and act as the same identity."""

    def __init__(self, store: Store, identity: str | None) -> None:
        self._store = store
        self._identity = identity

    def run(self, pipeline: Callable[..., Any], arguments: Mapping[str, Any], *, run: str, deployment: str, root: str) -> Run:
        """Run a pipeline to its end; one line on stderr says how each step ended."""
        require_own(self._store, self._identity)  # else it could pass its run off as another build's
        folder = self._writable(root)
        self._require_log()
        name = str(getattr(pipeline, "name", None) or getattr(pipeline, "__name__", "pipeline"))
        begun = Run(
            id=run, pipeline=name, deployment=deployment, build=os.environ.get(BUILD_VARIABLE), status="running",
            started=datetime.now(UTC), ended=None, steps=(), artifacts={}, error="", compiled=compiled(pipeline),
        )  # fmt: skip
        with recorded(self._store, begun):
            record = _Record(self._store, begun)
            try:
                execute(pipeline, arguments, root=folder, environment=self._environment(run), watch=record)
            except Exception as error:  # noqa: BLE001  whatever kfp or the pipeline raises is how this run ended
                return record.close(
                    "failed", task_names(pipeline), error=f"{type(error).__name__}: {_COLOUR.sub('', str(error))}"
                )
            except BaseException:
                record.close("interrupted", task_names(pipeline), error="it was interrupted")
                raise
            return record.close("succeeded", task_names(pipeline))

    def runs(self) -> list[Run]:
        """Return every run, newest first."""
        return all_runs(self._store)

    def log(self, run: str) -> list[Mapping[str, Any]]:
        """Return a run's log records."""
        return read_log(log_path(self._store, get_run(self._store, run).id))

    def _writable(self, root: str) -> Path:
        """Return the folder that `gs://…` is, in a bucket that this identity may write to."""
        match = _ROOT.fullmatch(root)
        if not match:
            raise Conflict(f"`{root}` is no place for a run's artifacts", "write `gs://bucket/path`")
        bucket = self._store.root / "buckets" / match[1]
        row = self._store.get("gcp:storage/bucket:Bucket", match[1])
        if row is None or not row.ready or not bucket.is_dir():
            raise Absent(f"there is no bucket `{match[1]}`", "declare it in the program and run `pulumi up`")
        require(self._store, self._identity, "storage.objects.create", f"buckets/{match[1]}/objects{match[2]}/")
        return bucket / match[2].lstrip("/")

    def _require_log(self) -> None:
        """On Google what a run says is written by its identity (https://cloud.google.com/logging/docs/access-control)."""
        if self._identity is not None:
            project = self._identity.partition("@")[2].partition(".")[0]
            require(self._store, self._identity, "logging.logEntries.create", f"projects/{project}")

    def _environment(self, run: str) -> dict[str, str]:
        own = {PLATFORM_VARIABLE: f"twin:{self._store.root}", RUN_VARIABLE: run, "PYTHONUNBUFFERED": "1"}
        others = {name: value for name, value in os.environ.items() if name != IDENTITY_VARIABLE}
        return {**others, **own, **({IDENTITY_VARIABLE: self._identity} if self._identity else {})}


class _Record:
    """Listens to kfp, and writes down how the run stands whenever a step has ended."""

    def __init__(self, store: Store, run: Run) -> None:
        self._store = store
        self._run = run
        self._log = RunLog(log_path(store, run.id))
        self._lock = threading.Lock()
        self._tails: dict[str, deque[str]] = {}
        self._tasks: set[str] = set()
        self._log.write("info", "", "run started", run=run.id, pipeline=run.pipeline, deployment=run.deployment, build=run.build)

    def begins(self, task: str, loop: str) -> str:
        turns = "".join(f"-{turn}" for turn in _TURN.findall(loop))
        with self._lock:
            self._tasks.add(task)
            step = _unused(f"{task}{turns}", self._tails)
            self._tails[step] = deque(maxlen=_TAIL)
        self._log.write("info", step, "step started")
        return step

    def prints(self, step: str, line: str) -> None:
        if step:
            self._tails[step].append(line)
        self._log.line(step, line)

    def ends(self, step: str, *, outputs: Mapping[str, Any] | None, seconds: float, error: str) -> None:
        status = "failed" if outputs is None else "succeeded"
        what = "" if outputs is not None else error or _last_error(self._tails[step])
        self._log.write(
            "error" if what else "info", step, f"step {status}", seconds=round(seconds, 3), **({"error": what} if what else {})
        )
        print(f"{self._run.id}: {step} {status} in {seconds:.1f} s", file=sys.stderr, flush=True)  # noqa: T201  progress is for a person
        with self._lock:
            self._run = replace(
                self._run,
                steps=(*self._run.steps, RunStep(name=step, status=status, seconds=round(seconds, 3))),
                artifacts={**self._run.artifacts, **self._artifacts(step, outputs or {})},
                error=self._run.error or (f"{step}: {what}" if what else ""),
            )
            update_run(self._store, self._run)

    def close(self, status: str, tasks: list[str], error: str = "") -> Run:
        """Write down the end; what was never begun was skipped."""
        skipped = tuple(RunStep(name=task, status="skipped", seconds=0.0) for task in tasks if task not in self._tasks)
        said = "" if status == "succeeded" else self._run.error or error
        self._run = replace(self._run, status=status, ended=datetime.now(UTC), steps=(*self._run.steps, *skipped), error=said)
        self._log.write("info" if status == "succeeded" else "error", "", f"run {status}", **({"error": said} if said else {}))
        self._log.close()
        update_run(self._store, self._run)
        return self._run

    def _artifacts(self, step: str, outputs: Mapping[str, Any]) -> dict[str, str]:
        """Return where each output lies; one without a file, such as metrics, has no place."""
        found = {}
        for name, value in outputs.items():
            for index, artifact in enumerate(value if isinstance(value, list) else [value]):
                uri = getattr(artifact, "uri", "")
                path = Path(uri)
                key = f"{step}.{name}" + (f".{index}" if isinstance(value, list) else "")
                if uri.startswith("gs://"):
                    found[key] = uri
                elif uri and path.exists():
                    found[key] = f"gs://{path.relative_to(self._store.root / 'buckets').as_posix()}"
        return found


def _unused(name: str, used: Mapping[str, Any]) -> str:
    number = 2
    unused = name
    while unused in used:
        unused, number = f"{name}-{number}", number + 1
    return unused


def _last_error(lines: deque[str]) -> str:
    """Return the end of a traceback: from the last line that is not indented back to the code that raised it."""
    plain = [line for line in lines if line.strip() and not line.startswith("the step's process")]
    start = len(plain)
    while start > 0 and not plain[start - 1].startswith((" ", "Traceback")):
        start -= 1
    end = plain[start:] if 0 < start < len(plain) else plain[-1:]
    return "\n".join(end[:5]) or (lines[-1] if lines else "it said nothing")
