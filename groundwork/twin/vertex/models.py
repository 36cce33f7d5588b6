"""Vertex AI's Model Registry: versions of models and their aliases, in two tables.

As https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.models and
https://cloud.google.com/vertex-ai/docs/model-registry/model-alias have it: the registry numbers versions, and an alias is on one
version of a model at most; taking it for another takes it from the first. Two things differ. On Vertex `default` is always on one
version; an adapter for it keeps that alias to itself, and here the word is reserved. And Vertex goes on counting after a
version is deleted, where the twin takes the highest existing number plus one: a version that is deleted leaves no trace.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from sqlite3 import Connection

from groundwork.ports.errors import Absent, Conflict
from groundwork.ports.models import Version
from groundwork.twin.core.store import Store

RESERVED = "default"
_MODEL = re.compile(r"[a-z_][a-z0-9_-]{0,62}")
_ALIAS = re.compile(r"[a-z][a-zA-Z0-9-]{0,126}[a-z0-9]")
_ARTIFACT = re.compile(r"gs://[a-z0-9][a-z0-9_.-]+/\S+")
_LABEL = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_VALUE = re.compile(r"[a-z0-9_-]{0,63}")
_MOST_LABELS = 63
"""One fewer than Vertex takes: an adapter for it keeps the key in one."""


@contextmanager
def writing(store: Store) -> Iterator[Connection]:
    """Hold the records for one writer, so that nothing changes between reading and writing."""
    records = store.records
    records.execute("begin immediate")
    try:
        yield records
    except BaseException:
        records.execute("rollback")
        raise
    records.execute("commit")


@dataclass(frozen=True)
class Registry:
    """The models of one project."""

    store: Store
    project: str

    def versions(self, model: str) -> list[Version]:
        """Return a model's versions, oldest first."""
        rows = _tables(self.store).records.execute(
            "select version, key, artifact, labels, (select group_concat(alias) from model_aliases as a"
            " where (a.project, a.model, a.version) = (v.project, v.model, v.version))"
            " from model_versions as v where (project, model) = (?, ?) order by version",
            (self.project, model),
        )
        return [_version(model, row) for row in rows.fetchall()]

    def upload(self, model: str, *, key: str, artifact: str, labels: Mapping[str, str]) -> Version:
        """Register a version, or return the one of this key; raises Conflict where Vertex would refuse it."""
        _check(model, key, artifact, labels)
        with writing(_tables(self.store)) as records:
            records.execute(
                "insert into model_versions select ?, ?, coalesce(max(version), 0) + 1, ?, ?, ? from model_versions"
                " where (project, model) = (?, ?) on conflict (project, model, key) do nothing",
                (self.project, model, key, artifact, json.dumps(dict(labels), sort_keys=True), self.project, model),
            )
            return next(version for version in self.versions(model) if version.key == key)

    def delete(self, model: str, version: str) -> None:
        """Delete a version; an absence is not an error. Raises Conflict while it has an alias."""
        with writing(_tables(self.store)) as records:
            aliases = next((found.aliases for found in self.versions(model) if found.version == version), ())
            if aliases:
                what = f"version {version} of model `{model}` is its {', '.join(aliases)}"
                raise Conflict(what, "move that alias to another version first")
            where = (self.project, model, version)
            records.execute("delete from model_versions where (project, model, cast(version as text)) = (?, ?, ?)", where)

    def alias(self, model: str, alias: str) -> str | None:
        """Return the version that an alias is on."""
        return next((version.version for version in self.versions(model) if alias in version.aliases), None)

    def move(self, model: str, alias: str, *, to: str | None, expected: str | None) -> None:
        """Move an alias from where it is taken to be; raises Conflict when it is elsewhere, Absent without the version."""
        if alias == RESERVED or not _ALIAS.fullmatch(alias):
            hint = f"use one that matches {_ALIAS.pattern} and is not `{RESERVED}`"
            raise Conflict(f"`{alias}` is not an alias of the platform", hint)
        with writing(_tables(self.store)) as records:
            now = self.alias(model, alias)
            if now == to:
                return
            if now != expected:
                what = f"`{alias}` of model `{model}` is on version {now or 'none'}, not on {expected or 'none'}"
                raise Conflict(what, "read the current state, and decide again")
            where = (self.project, model, alias)
            records.execute("delete from model_aliases where (project, model, alias) = (?, ?, ?)", where)
            if to is None:
                return
            if to not in {version.version for version in self.versions(model)}:
                raise Absent(f"there is no version {to} of model `{model}`", "register it first")
            records.execute("insert into model_aliases values (?, ?, ?, ?)", (*where, int(to)))


def _check(model: str, key: str, artifact: str, labels: Mapping[str, str]) -> None:
    if not _MODEL.fullmatch(model):
        raise Conflict(f"`{model}` cannot name a model", f"use a name that matches {_MODEL.pattern}")
    if not key or not _VALUE.fullmatch(key):
        raise Conflict(f"`{key}` cannot be a version's key", f"use a key that matches {_VALUE.pattern}, as a label does")
    if not _ARTIFACT.fullmatch(artifact):
        raise Conflict(f"`{artifact}` is not the place of a model", "write `gs://bucket/path`")
    if len(labels) > _MOST_LABELS:
        raise Conflict(f"{len(labels)} labels are too many", f"use {_MOST_LABELS} at most")
    for name, value in labels.items():
        if not _LABEL.fullmatch(name) or not _VALUE.fullmatch(value):
            raise Conflict(f"`{name}: {value}` is not a label", f"use {_LABEL.pattern} and {_VALUE.pattern}")


def _tables(store: Store) -> Store:
    store.records.execute(
        "create table if not exists model_versions"
        " (project text, model text, version integer, key text, artifact text, labels text,"
        " primary key (project, model, version), unique (project, model, key))"
    )
    store.records.execute(
        "create table if not exists model_aliases"
        " (project text, model text, alias text, version integer, primary key (project, model, alias))"
    )
    return store


def _version(model: str, row: tuple[int, str, str, str, str | None]) -> Version:
    version, key, artifact, labels, aliases = row
    return Version(
        model=model, version=str(version), key=key, artifact=artifact, labels=json.loads(labels),
        aliases=tuple(sorted((aliases or "").split(","))) if aliases else (),
    )  # fmt: skip
