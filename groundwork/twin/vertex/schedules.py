"""Vertex AI's pipeline schedules, in one table.

https://cloud.google.com/vertex-ai/docs/pipelines/schedule-pipeline-run: a cron expression of five fields, the compiled pipeline,
and the service account of its runs; the caller needs the right to act as it. Vertex numbers schedules and names them
for display; here the name is the key, as an adapter for Vertex has to look it up. The pinned file must have the
digest: Vertex copies the pipeline into the schedule, and the twin makes sure that both would be the same.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from groundwork.ports.errors import Absent, Conflict
from groundwork.ports.schedules import Schedule
from groundwork.twin.core.store import Store
from groundwork.twin.iam.service_accounts import find_account
from groundwork.twin.storage.resources import Bucket
from groundwork.twin.vertex.models import writing

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_PLACE = re.compile(r"gs://([a-z0-9][a-z0-9_-]+)/([A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*)")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_FIELD = re.compile(r"(?:\*|(\d+)(?:-(\d+))?)(?:/([1-9]\d*))?")
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


def find_schedule(store: Store, project: str, name: str) -> Schedule | None:
    """Return a schedule, if there is one of that name."""
    row = (
        _table(store)
        .records.execute(
            "select cron, pipeline, digest, service_account from schedules where (project, name) = (?, ?)", (project, name)
        )
        .fetchone()
    )
    return Schedule(cron=row[0], pipeline=row[1], digest=row[2], service_account=row[3]) if row else None


def put_schedule(store: Store, project: str, name: str, schedule: Schedule | None, *, expected: Schedule | None) -> None:
    """Write a schedule if the current one is `expected`; raises Conflict where it is neither that nor equal to `schedule`."""
    with writing(_table(store)) as records:
        now = find_schedule(store, project, name)
        if now == schedule:
            return
        if now != expected:
            raise Conflict(
                f"schedule `{name}` is not as expected: it is {_said(now)}", "read the current state, and decide again"
            )
        records.execute("delete from schedules where (project, name) = (?, ?)", (project, name))
        if schedule:
            values = (project, name, schedule.cron, schedule.pipeline, schedule.digest, schedule.service_account)
            records.execute("insert into schedules values (?, ?, ?, ?, ?, ?)", values)


def object_of(schedule: Schedule) -> tuple[str, str]:
    """Return bucket and name of the compiled pipeline; raises Conflict when the place is none."""
    match = _PLACE.fullmatch(schedule.pipeline)
    if not match:
        raise Conflict(f"`{schedule.pipeline}` is not the place of a compiled pipeline", "write `gs://bucket/path`")
    return match[1], match[2]


def check_schedule(store: Store, name: str, schedule: Schedule) -> None:
    """Raise Conflict where Vertex would refuse it, and Absent where the pipeline or the identity does not exist."""
    if not _NAME.fullmatch(name):
        raise Conflict(f"`{name}` cannot name a schedule", f"use a name that matches {_NAME.pattern}")
    if not _is_cron(schedule.cron):
        raise Conflict(f"`{schedule.cron}` is not a cron expression", "write five fields, such as `0 5 * * 1`")
    account = find_account(store, schedule.service_account)
    if not account or account["disabled"]:
        raise Absent(f"there is no service account {schedule.service_account}", "create it with `pulumi up`")
    _check_pipeline(store, schedule)


def _check_pipeline(store: Store, schedule: Schedule) -> None:
    bucket, name = object_of(schedule)
    row = store.get(Bucket.type, bucket)
    file: Path = store.root / "buckets" / bucket / name
    if row is None or not row.ready or not file.is_file():
        raise Absent(f"there is no compiled pipeline {schedule.pipeline}", "store it first")
    digest = f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"
    if not _DIGEST.fullmatch(schedule.digest) or digest != schedule.digest:
        raise Conflict(f"{schedule.pipeline} is {digest}, not {schedule.digest}", "schedule the pipeline with this digest")


def _is_cron(text: str) -> bool:
    fields = text.split(" ")
    return len(fields) == len(_RANGES) and all(
        _fits(part, low, high) for field, (low, high) in zip(fields, _RANGES, strict=True) for part in field.split(",")
    )


def _fits(part: str, low: int, high: int) -> bool:
    match = _FIELD.fullmatch(part)
    if not match:
        return False
    first = low if match[1] is None else int(match[1])
    final = first if match[2] is None else int(match[2])
    return low <= first <= final <= high


def _said(schedule: Schedule | None) -> str:
    return f"{schedule.digest} at `{schedule.cron}` as {schedule.service_account}" if schedule else "not there"


def _table(store: Store) -> Store:
    store.records.execute(
        "create table if not exists schedules (project text, name text, cron text, pipeline text, digest text,"
        " service_account text, primary key (project, name))"
    )
    return store
