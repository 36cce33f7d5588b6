"""The twin's directory, and the records of its resources. Many processes may use one at once."""

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

PropertyPath = tuple[str | int, ...]
"""The path of a value in nested properties: keys and indexes from the outside in."""

PAYLOAD_REFERENCE = "groundwork:secret"


class Refused(GroundworkError):
    """Google would refuse this, or the twin does not know it."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__("request-refused", message, hint)

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}"


@dataclass(frozen=True)
class Row:
    """A resource on record; not `ready` while its creation is under way, or was killed."""

    inputs: Mapping[str, Any]
    ready: bool


class Store:
    """A twin on disk: `buckets/ warehouse/ repositories/ logs/ locks/ workspaces/ secrets/` and `twin.sqlite`.

    It cannot be reset while a process has a Store.
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
    def lock(self, type_: str, id: str) -> Iterator[None]:  # noqa: A002  Google's and Pulumi's word for it
        """Lock one resource; the kernel frees the lock of a killed process. Not to be taken twice by one thread."""
        with (self.root / "locks" / _digest(type_, id)).open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Record everything inside, or nothing. Not to be nested."""
        self.records.execute("begin immediate")
        try:
            yield
        except BaseException:
            self.records.execute("rollback")
            raise
        self.records.execute("commit")

    def put(
        self,
        type_: str,
        id: str,  # noqa: A002
        inputs: Mapping[str, Any],
        *,
        ready: bool,
        secret: frozenset[PropertyPath] = frozenset(),
    ) -> None:
        """Record a resource's inputs; values at the paths in `secret` go to a file that only the owner may read."""
        secrets: list[Any] = []
        text = json.dumps(_extract_secrets(inputs, (), secret, secrets))
        self._write_secrets(type_, id, secrets)
        self.records.execute("insert or replace into resources values (?, ?, ?, ?)", (type_, id, text, ready))

    def get(self, type_: str, id: str) -> Row | None:  # noqa: A002
        """Return the record, ready or not, with its secrets."""
        row = self.records.execute("select inputs, ready from resources where (type, id) = (?, ?)", (type_, id)).fetchone()
        return Row(self._with_secrets(type_, id, row[0]), bool(row[1])) if row else None

    def forget(self, type_: str, id: str) -> None:  # noqa: A002
        """Drop a resource from the record, and its secrets."""
        self.records.execute("delete from resources where (type, id) = (?, ?)", (type_, id))
        self._secrets_file(type_, id).unlink(missing_ok=True)

    def all(self, type_: str, *, unfinished: bool = False) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield id and inputs of every ready resource of a type; with `unfinished`, of those under way too."""
        query = "select id, inputs from resources where type = ? and (ready or ?) order by id"
        for id_, inputs in self.records.execute(query, (type_, unfinished)).fetchall():
            yield id_, self._with_secrets(type_, id_, inputs)

    def remove_tree(self, folder: Path) -> None:
        """Remove a folder and everything in it; an absence is not an error."""
        shutil.rmtree(folder, ignore_errors=True)

    def _secrets_file(self, type_: str, id: str) -> Path:  # noqa: A002
        return self.root / "secrets" / _digest(type_, id)

    def _write_secrets(self, type_: str, id: str, secrets: list[Any]) -> None:  # noqa: A002
        file = self._secrets_file(type_, id)
        if not secrets:
            file.unlink(missing_ok=True)
            return
        file.parent.mkdir(mode=0o700, exist_ok=True)
        new = file.with_name(f".{file.name}.{os.getpid()}.{threading.get_ident()}")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
            json.dump(secrets, stream)
        new.replace(file)

    def _with_secrets(self, type_: str, id: str, text: str) -> Any:  # noqa: A002
        if PAYLOAD_REFERENCE not in text:
            return json.loads(text)
        try:
            secrets = json.loads(self._secrets_file(type_, id).read_text())
        except FileNotFoundError:
            secrets = []
        return _restore_secrets(json.loads(text), secrets)


class _Connection(sqlite3.Connection):
    """A connection that closes when it is no longer referenced, in any thread."""

    def __del__(self) -> None:
        self.close()


def _digest(type_: str, id: str) -> str:  # noqa: A002
    return hashlib.sha256(f"{type_} {id}".encode()).hexdigest()[:16]


def _extract_secrets(value: Any, path: PropertyPath, secret: frozenset[PropertyPath], secrets: list[Any]) -> Any:
    """Return the value without the values at the secret paths; those are added to `secrets`."""
    if path in secret:
        secrets.append(value)
        return {PAYLOAD_REFERENCE: len(secrets) - 1}
    match value:
        case Mapping():
            return {key: _extract_secrets(inner, (*path, key), secret, secrets) for key, inner in value.items()}
        case list():
            return [_extract_secrets(inner, (*path, index), secret, secrets) for index, inner in enumerate(value)]
    return value


def _restore_secrets(value: Any, secrets: list[Any]) -> Any:
    """Put the secrets back; a secret without its file is None."""
    match value:
        case {"groundwork:secret": int(index)}:
            return secrets[index] if index < len(secrets) else None
        case dict():
            return {key: _restore_secrets(inner, secrets) for key, inner in value.items()}
        case list():
            return [_restore_secrets(inner, secrets) for inner in value]
    return value
