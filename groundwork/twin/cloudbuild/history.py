"""Cloud Build's history on the twin: the table `builds`, and each build's log.

A build holds a lock for as long as its process lives; the kernel frees it with the process, however that ends. So a build that is
recorded as WORKING without a lock has died, and reading says so, whether or not somebody has cleared up behind it.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from groundwork.contract.variables import BUILD_VARIABLE
from groundwork.errors import GroundworkError
from groundwork.ports.builds import Build, BuildStep
from groundwork.ports.errors import Absent
from groundwork.twin.core import process_locks as life

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from groundwork.twin.core.store import Store

_FIELDS = "id, project, trigger, branch, sha, status, service_account, created, finished, steps, error, key"
_SELECT = f"select {_FIELDS} from builds"  # noqa: S608  our own names
_INSERT = f"insert into builds ({_FIELDS}, parent, pid) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608  as above
_ADDED = ("key text default ''", "parent text default ''", "cancelled integer default 0")
DIED = "its process died; `groundwork recover` clears up behind it"


class Changes(TypedDict, total=False):
    """What may change of a build."""

    status: str
    steps: tuple[BuildStep, ...]
    error: str
    finished: datetime | None


def create_build(store: Store, build: Build, *, pid: int, parent: str = "") -> None:
    """Record a build that begins; its process holds `alive(home, build.id)`. `parent` is the build that submitted it."""
    _table(store).records.execute(_INSERT, [*_row(build), parent, pid])


def cancel_build(store: Store, build: str) -> None:
    """Have a build's process end it; that looks for this a few times a second."""
    _table(store).records.execute("update builds set cancelled = 1 where id = ? and finished is null", (build,))


def is_cancelled(store: Store, build: str) -> bool:
    """Return whether somebody wants a build to end."""
    return bool(store.records.execute("select 1 from builds where id = ? and cancelled = 1", (build,)).fetchone())


def submitted(store: Store, project: str, key: str) -> Build | None:
    """Return the newest build that was submitted under a key in a project, if any."""
    query = f"{_SELECT} where project = ? and key = ? order by rowid desc limit 1"
    row = _table(store).records.execute(query, (project, key)).fetchone()
    return _truth(store, _build(row)) if row else None


def children(store: Store, build: str) -> list[str]:
    """Return the ids of the builds that a build submitted."""
    return [id_ for (id_,) in _table(store).records.execute("select id from builds where parent = ? order by created", (build,))]


def lives(store: Store, build: str) -> bool:
    """Return whether a process works on a build."""
    return life.held(_life(store, build))


def update_build(store: Store, build: str, **changes: Unpack[Changes]) -> None:
    """Change what is given of a build's record."""
    steps, finished = changes.get("steps"), changes.get("finished")
    _table(store).records.execute(
        "update builds set status = coalesce(?, status), steps = coalesce(?, steps), error = coalesce(?, error), "
        "finished = coalesce(?, finished) where id = ?",
        [
            changes.get("status"),
            None if steps is None else _json(steps),
            changes.get("error"),
            finished.isoformat() if finished else None,
            build,
        ],
    )


def close_dead(store: Store, build: str) -> Build:
    """Finish the record of a build that died and has been cleared up behind; return it. Its process may hold its life."""
    row = _table(store).records.execute(f"{_SELECT} where id = ?", (build,)).fetchone()
    dead = _dead(_build(row), "its process died; cleared up afterwards")
    update_build(store, build, status=dead.status, steps=dead.steps, error=dead.error, finished=now())
    return dead


def all_builds(store: Store) -> list[Build]:
    """Return every build, newest first; one whose process died shows as CANCELLED."""
    rows = _table(store).records.execute(f"{_SELECT} order by created desc, rowid desc").fetchall()
    return [_truth(store, _build(row)) for row in rows]


def get_build(store: Store, build: str) -> Build:
    """Return one build; raises Absent."""
    row = _table(store).records.execute(f"{_SELECT} where id = ?", (build,)).fetchone()
    if not row:
        raise Absent(f"there is no build `{build}`", "list them with `groundwork twin status`")
    return _truth(store, _build(row))


def unfinished(store: Store) -> list[str]:
    """Return the ids of builds without a recorded end: those that run, and those whose process died."""
    return [id_ for (id_,) in _table(store).records.execute("select id from builds where finished is null order by created")]


def log_path(store: Store, build: str) -> Path:
    """Return where a build's log is kept."""
    return store.root / "logs/builds" / f"{build}.log"


def workspace_path(store: Store, build: str) -> Path:
    """Return the folder that a build has for itself while it runs."""
    return store.root / "workspaces" / build


def alive(store: Store, build: str) -> AbstractContextManager[bool]:
    """Hold a build's life for this process; gives False when another process holds it."""
    return life.hold(_life(store, build))


def now() -> datetime:
    """Return the time for a record."""
    return datetime.now(UTC)


def require_own(store: Store, identity: str | None) -> None:
    """Refuse a build's program that would be somebody else, or the person: on Google, the metadata server says who it is.

    As far as processes allow: one that takes the build's mark off itself is a program of the person's, like any other here.
    Raises GroundworkError.
    """
    try:
        build = get_build(store, os.environ.get(BUILD_VARIABLE, ""))
    except Absent:
        return  # a notebook that a person tries has a mark, too, and is no build's
    if identity != build.service_account:
        raise GroundworkError(
            "not-yourself",
            f"a program of build {build.id} acts as {build.service_account}, not as {identity or 'the person at the keyboard'}",
            "call `connect()` without an argument, and leave what the build's environment says as it is",
        )


def _life(store: Store, build: str) -> Path:
    return store.root / "locks" / f"build-{build}"


def _truth(store: Store, build: Build) -> Build:
    if build.finished or lives(store, build.id):
        return build
    return _dead(build, DIED)


def _dead(build: Build, error: str) -> Build:
    """Return a build without its process: cancelled, with the steps that ran."""
    steps = tuple(replace(step, status="CANCELLED") if step.status == "WORKING" else step for step in build.steps)
    return replace(build, status="CANCELLED", error=error, steps=steps)


def _table(store: Store) -> Store:
    store.records.execute(
        "create table if not exists builds (id text primary key, project text, trigger text, branch text, sha text, status text, "
        "service_account text, created text, finished text, steps text, error text, pid integer, "
        "key text default '', parent text default '', cancelled integer default 0)"
    )
    if not _has_keys(store):  # a twin that was made before builds could be submitted
        with store.lock("table", "builds"):
            if not _has_keys(store):
                store.records.executescript("".join(f"alter table builds add column {column};" for column in _ADDED))
    return store


def _has_keys(store: Store) -> bool:
    return any(name == "cancelled" for _, name, *_ in store.records.execute("pragma table_info(builds)"))


def _row(build: Build) -> list[str | None]:
    return [
        build.id, build.project, build.trigger, build.branch, build.commit, build.status, build.service_account,
        build.created.isoformat(), build.finished.isoformat() if build.finished else None,
        _json(build.steps), build.error, build.key,
    ]  # fmt: skip


def _json(steps: tuple[BuildStep, ...]) -> str:
    return json.dumps([asdict(step) for step in steps])


def _build(row: tuple[Any, ...]) -> Build:
    id_, project, trigger, branch, commit, status, account, created, finished, steps, error, key = row
    return Build(
        id=id_, project=project, trigger=trigger, branch=branch, commit=commit, status=status, service_account=account,
        created=datetime.fromisoformat(created), finished=datetime.fromisoformat(finished) if finished else None,
        steps=tuple(BuildStep(**step) for step in json.loads(steps)), error=error, key=key,
    )  # fmt: skip
