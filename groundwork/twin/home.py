"""The directory that is the twin, and the records of what was made in it. Many processes may use one at once."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundwork.errors import GroundworkError


class Refused(GroundworkError):
    """Google would refuse this, or the twin does not know it."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__("refused", message, hint)

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}"


@dataclass(frozen=True)
class Row:
    """A resource on record; not `ready` while its creation or removal is under way, or was killed."""

    inputs: Mapping[str, Any]
    ready: bool


class Home:
    """A twin on disk: `buckets/ warehouse/ repositories/ logs/ locks/ workspaces/` and `twin.sqlite`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "locks").mkdir(parents=True, exist_ok=True)
        self._local = threading.local()
        self.records.execute("pragma journal_mode = wal")
        self.records.execute(
            "create table if not exists resources (type text, id text, inputs text, ready integer, primary key (type, id))"
        )

    @property
    def records(self) -> sqlite3.Connection:
        """One connection per thread, in autocommit mode: threads that share one cannot hold transactions."""
        if not hasattr(self._local, "connection"):
            self._local.connection = sqlite3.connect(self.root / "twin.sqlite", timeout=30, isolation_level=None)
        connection: sqlite3.Connection = self._local.connection
        return connection

    @contextmanager
    def lock(self, kind: str, id: str) -> Iterator[None]:  # noqa: A002  Google's and Pulumi's word for it
        """Hold one resource; the kernel frees what a killed process held."""
        name = hashlib.sha256(f"{kind} {id}".encode()).hexdigest()[:16]
        with (self.root / "locks" / name).open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def put(self, kind: str, id: str, inputs: Mapping[str, Any], *, ready: bool) -> None:  # noqa: A002
        """Record a resource's inputs."""
        self.records.execute("insert or replace into resources values (?, ?, ?, ?)", (kind, id, json.dumps(inputs), ready))

    def get(self, kind: str, id: str) -> Row | None:  # noqa: A002
        """Return what is on record, ready or not."""
        row = self.records.execute("select inputs, ready from resources where (type, id) = (?, ?)", (kind, id)).fetchone()
        return Row(json.loads(row[0]), bool(row[1])) if row else None

    def forget(self, kind: str, id: str) -> None:  # noqa: A002
        """Drop a resource from the record."""
        self.records.execute("delete from resources where (type, id) = (?, ?)", (kind, id))

    def all(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield id and inputs of every ready resource of a type."""
        for id_, inputs in self.records.execute(
            "select id, inputs from resources where type = ? and ready order by id", (kind,)
        ).fetchall():
            yield id_, json.loads(inputs)

    def remove_tree(self, folder: Path) -> None:
        """Remove a folder and everything in it; an absence is not an error."""
        shutil.rmtree(folder, ignore_errors=True)
