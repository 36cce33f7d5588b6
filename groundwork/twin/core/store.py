"""The directory that is the twin, and the records of what was made in it. Many processes may use one at once."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundwork.errors import GroundworkError
from groundwork.twin.core import twin_lock

Place = tuple[str | int, ...]
"""Where a value lies in nested properties: keys and indexes from the outside in."""

KEPT_APART = "groundwork:secret"


class Refused(GroundworkError):
    """Google would refuse this, or the twin does not know it."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__("refused", message, hint)

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}"


@dataclass(frozen=True)
class Row:
    """A resource on record; not `ready` while its creation is under way, or was killed."""

    inputs: Mapping[str, Any]
    ready: bool


class Store:
    """A twin on disk: `buckets/ warehouse/ repositories/ logs/ locks/ workspaces/ secrets/` and `twin.sqlite`.

    It is not reset for as long as anybody has one.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._use = twin_lock.share(root)
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
            self._local.connection = sqlite3.connect(
                self.root / "twin.sqlite", timeout=30, isolation_level=None, check_same_thread=False, factory=_Connection
            )
            self._local.connection.execute("pragma synchronous = normal")  # a killed process loses nothing, only a power cut may
        connection: sqlite3.Connection = self._local.connection
        return connection

    @contextmanager
    def lock(self, kind: str, id: str) -> Iterator[None]:  # noqa: A002  Google's and Pulumi's word for it
        """Hold one resource; the kernel frees what a killed process held. Not to be taken twice by one thread."""
        with (self.root / "locks" / _digest(kind, id)).open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Have everything in it recorded, or nothing. Not to be nested."""
        self.records.execute("begin immediate")
        try:
            yield
        except BaseException:
            self.records.execute("rollback")
            raise
        self.records.execute("commit")

    def put(
        self,
        kind: str,
        id: str,  # noqa: A002
        inputs: Mapping[str, Any],
        *,
        ready: bool,
        secret: frozenset[Place] = frozenset(),
    ) -> None:
        """Record a resource's inputs; what lies at the places in `secret` goes to a file that only the owner may read."""
        apart: list[Any] = []
        text = json.dumps(_set_apart(inputs, (), secret, apart))
        self._keep(kind, id, apart)
        self.records.execute("insert or replace into resources values (?, ?, ?, ?)", (kind, id, text, ready))

    def get(self, kind: str, id: str) -> Row | None:  # noqa: A002
        """Return what is on record, ready or not, with its secrets."""
        row = self.records.execute("select inputs, ready from resources where (type, id) = (?, ?)", (kind, id)).fetchone()
        return Row(self._whole(kind, id, row[0]), bool(row[1])) if row else None

    def forget(self, kind: str, id: str) -> None:  # noqa: A002
        """Drop a resource from the record, and its secrets."""
        self.records.execute("delete from resources where (type, id) = (?, ?)", (kind, id))
        self._secrets(kind, id).unlink(missing_ok=True)

    def all(self, kind: str, *, unfinished: bool = False) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield id and inputs of every ready resource of a type; with `unfinished`, of those under way too."""
        query = "select id, inputs from resources where type = ? and (ready or ?) order by id"
        for id_, inputs in self.records.execute(query, (kind, unfinished)).fetchall():
            yield id_, self._whole(kind, id_, inputs)

    def remove_tree(self, folder: Path) -> None:
        """Remove a folder and everything in it; an absence is not an error."""
        shutil.rmtree(folder, ignore_errors=True)

    def _secrets(self, kind: str, id: str) -> Path:  # noqa: A002
        return self.root / "secrets" / _digest(kind, id)

    def _keep(self, kind: str, id: str, apart: list[Any]) -> None:  # noqa: A002
        file = self._secrets(kind, id)
        if not apart:
            file.unlink(missing_ok=True)
            return
        file.parent.mkdir(mode=0o700, exist_ok=True)
        new = file.with_name(f".{file.name}.{os.getpid()}.{threading.get_ident()}")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
            json.dump(apart, stream)
        new.replace(file)

    def _whole(self, kind: str, id: str, text: str) -> Any:  # noqa: A002
        if KEPT_APART not in text:
            return json.loads(text)
        try:
            apart = json.loads(self._secrets(kind, id).read_text())
        except FileNotFoundError:
            apart = []
        return _put_back(json.loads(text), apart)


class _Connection(sqlite3.Connection):
    """Closed when nobody has it any more, from whichever thread that is noticed."""

    def __del__(self) -> None:
        self.close()


def _digest(kind: str, id: str) -> str:  # noqa: A002
    return hashlib.sha256(f"{kind} {id}".encode()).hexdigest()[:16]


def _set_apart(value: Any, place: Place, secret: frozenset[Place], apart: list[Any]) -> Any:
    """Return the value without what lies at the secret places; those values are added to `apart`."""
    if place in secret:
        apart.append(value)
        return {KEPT_APART: len(apart) - 1}
    match value:
        case Mapping():
            return {key: _set_apart(inner, (*place, key), secret, apart) for key, inner in value.items()}
        case list():
            return [_set_apart(inner, (*place, index), secret, apart) for index, inner in enumerate(value)]
    return value


def _put_back(value: Any, apart: list[Any]) -> Any:
    """Roll back `_set_apart`; a secret whose file was removed behind our back is None."""
    match value:
        case {"groundwork:secret": int(index)}:
            return apart[index] if index < len(apart) else None
        case dict():
            return {key: _put_back(inner, apart) for key, inner in value.items()}
        case list():
            return [_put_back(inner, apart) for inner in value]
    return value
