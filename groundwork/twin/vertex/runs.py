"""Runs of pipelines on the twin: the table `runs`, and each run's log.

A run holds a lock for as long as the process that runs it lives; the kernel frees it with the process, however that ends. So a
run that is recorded as running without a lock was interrupted, and reading says so, whether or not somebody has cleared up.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import IntegrityError

from groundwork.contract.variables import RUN_VARIABLE
from groundwork.ports.errors import Absent, Conflict
from groundwork.ports.runner import Run, RunStep
from groundwork.ports.warehouse import check_batch
from groundwork.twin.core import process_locks
from groundwork.twin.core.processes import end_marked
from groundwork.twin.core.store import Store

"""A run's steps have its name in this variable, so that they can be found when its process is gone."""

INTERRUPTED = "its process ended before the run did"
_FIELDS = "id, pipeline, deployment, build, status, started, ended, steps, artifacts, error, compiled"


@contextmanager
def recorded(store: Store, run: Run) -> Iterator[None]:
    """Record a run that begins, and hold its life for this process; raises Conflict for a name that was used before."""
    check_batch(run.id)
    taken = Conflict(f"there is a run `{run.id}` already", "name each run with `new_run`")
    with process_locks.hold(_life(store, run.id)) as ours:
        if not ours:
            raise taken
        try:
            values = [*_row(run), os.getpid()]
            _table(store).records.execute(f"insert into runs ({_FIELDS}, pid) values ({','.join('?' * len(values))})", values)  # noqa: S608  our own names
        except IntegrityError:
            raise taken from None
        yield


def update_run(store: Store, run: Run) -> None:
    """Write down how a run stands."""
    assignments = ", ".join(f"{name} = ?" for name in _FIELDS.split(", "))
    _table(store).records.execute(f"update runs set {assignments} where id = ?", [*_row(run), run.id])  # noqa: S608  our own names


def all_runs(store: Store) -> list[Run]:
    """Return every run, newest first; one whose process died shows as interrupted."""
    rows = _table(store).records.execute(f"select {_FIELDS} from runs order by started desc, rowid desc").fetchall()  # noqa: S608  our own names
    return [_truth(store, _run(row)) for row in rows]


def get_run(store: Store, run: str) -> Run:
    """Return one run; raises Absent."""
    row = _table(store).records.execute(f"select {_FIELDS} from runs where id = ?", (run,)).fetchone()  # noqa: S608  our own names
    if not row:
        raise Absent(f"there is no run `{run}`", "list them with `groundwork runs`")
    return _truth(store, _run(row))


def log_path(store: Store, run: str) -> Path:
    """Return where a run's log is kept."""
    return store.root / "logs/runs" / f"{run}.jsonl"


def recover_runs(store: Store) -> list[Run]:
    """End what interrupted runs left running, write down that they ended, and return them."""
    rows = _table(store).records.execute(f"select {_FIELDS} from runs where status = 'running'").fetchall()  # noqa: S608  our own names
    interrupted = [run for run in (_truth(store, _run(row)) for row in rows) if run.status == "interrupted"]
    for run in interrupted:
        end_marked(RUN_VARIABLE, run.id)
        update_run(store, replace(run, ended=datetime.now(UTC)))
        _life(store, run.id).unlink(missing_ok=True)
    return interrupted


def _life(store: Store, run: str) -> Path:
    return store.root / "locks" / f"run-{run}"


def _truth(store: Store, run: Run) -> Run:
    if run.status != "running" or process_locks.held(_life(store, run.id)):
        return run
    return replace(run, status="interrupted", error=INTERRUPTED)


def _table(store: Store) -> Store:
    store.records.execute(
        "create table if not exists runs (id text primary key, pipeline text, deployment text, build text, status text, "
        "started text, ended text, steps text, artifacts text, error text, compiled text, pid integer)"
    )
    return store


def _row(run: Run) -> list[str | None]:
    return [
        run.id, run.pipeline, run.deployment, run.build, run.status, run.started.isoformat(),
        run.ended.isoformat() if run.ended else None, json.dumps([asdict(step) for step in run.steps]),
        json.dumps(dict(run.artifacts)), run.error, run.compiled,
    ]  # fmt: skip


def _run(row: tuple[str, ...]) -> Run:
    id_, pipeline, deployment, build, status, started, ended, steps, artifacts, error, compiled = row
    return Run(
        id=id_, pipeline=pipeline, deployment=deployment, build=build, status=status, started=datetime.fromisoformat(started),
        ended=datetime.fromisoformat(ended) if ended else None, steps=tuple(RunStep(**step) for step in json.loads(steps)),
        artifacts=json.loads(artifacts), error=error, compiled=compiled,
    )  # fmt: skip
