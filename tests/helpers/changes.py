"""The change table, `tests/data/changes.yaml`: the effects on an existing stack when one key of its file changes."""

from __future__ import annotations

import copy
import fnmatch
import functools
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from groundwork.environment.file import Environment

ROOT = Path(__file__).parents[2]
TABLE = Path(__file__).parents[1] / "data/changes.yaml"
OPERATIONS = ("create", "update", "replace", "delete")
SECTION = "groundwork:environment"
PROJECT = "gcp:project"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One change and its expected effects. Without an operation and a refusal, the change must have no effect."""

    key: str
    """The key as in `docs/reference/environment.md`, or `gcp:project`."""

    change: str
    """Description of the change."""

    stack: str
    """The existing stack: one of `bases`."""

    set: Mapping[str, Any]
    """New values by their paths in the section; None removes a value."""

    create: tuple[str, ...] = ()
    """Patterns of `module/Type name`, as in the other three fields; only resources of Google's provider are compared."""

    update: tuple[str, ...] = ()
    replace: tuple[str, ...] = ()
    delete: tuple[str, ...] = ()

    protected: tuple[str, ...] = ()
    """Resources that Pulumi refuses to delete or replace, so that it refuses the whole change."""

    refused: str = ""
    """Part of the message of a refusal by the file's or the program's own rules."""

    means: str = ""
    """Effects that the operations do not show."""

    up: bool = False
    """Whether the test also applies the change, after which the preview must be empty."""

    @property
    def name(self) -> str:
        """The name in the report of the tests."""
        return f"{self.stack}: {self.key}: {self.change}"

    @property
    def file(self) -> dict[str, Any]:
        """The stack's file with the change."""
        return changed(base(self.stack), self.set)


@dataclass(frozen=True)
class Base:
    """An existing stack before the change."""

    stack: str
    """The stack with the original file."""

    project: str
    set: Mapping[str, Any] = field(default_factory=dict)


def rows() -> list[Row]:
    """Return the table."""
    read = []
    for each in _table()["rows"]:
        lists = {name: tuple(value) for name, value in each.items() if isinstance(value, list)}
        read.append(Row(**{**each, **lists}))
    return read


def bases() -> dict[str, Base]:
    """Return the stacks before the change, by name."""
    return {name: Base(**each) for name, each in _table()["bases"].items()}


def base(name: str) -> dict[str, Any]:
    """Return the file of a stack before the change."""
    shipped = bases()[name]
    return changed(_file(shipped.stack), {PROJECT: shipped.project, **shipped.set})


@functools.cache
def _table() -> Any:
    return yaml.safe_load(TABLE.read_text())


@functools.cache
def _file(stack: str) -> dict[str, Any]:
    file: dict[str, Any] = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())
    return file


def changed(file: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stack's file with other values at dotted paths of its section; None removes a value."""
    new: dict[str, Any] = copy.deepcopy(dict(file))
    for path, value in values.items():
        *parents, last = [path] if path == PROJECT else [SECTION, *path.split(".")]
        node = new["config"]
        for parent in parents:
            node = node[int(parent)] if isinstance(node, list) else node.setdefault(parent, {})
        if value is None:
            del node[last]
        elif isinstance(node, list):
            node[int(last)] = value
        else:
            node[last] = value
    return new


def files() -> dict[str, str]:
    """Return what changes name and the checkout does not have, by paths: other columns of the raw table, another pipeline."""
    sales: list[dict[str, str]] = json.loads((ROOT / "tables/sales.json").read_text())
    reported, batch = {"name": "Reported", "type": "DATE"}, sales[-1]
    columns = {
        "tables/sales-wider.json": [*sales[:-1], reported, batch],
        "tables/sales-narrower.json": [column for column in sales if column["name"] != "MarkDown5"],
        "tables/sales-retyped.json": [
            {**column, "type": "STRING"} if column["name"] == "MarkDown5" else column for column in sales
        ],
        "pipelines/pricing/tables/prices.json": [{"name": "price", "type": "FLOAT"}, batch],
    }
    return {path: json.dumps(table) for path, table in columns.items()}


def keys() -> list[str]:
    """Return every key of the file that can change separately.

    These are values, lists and mappings, the keys in their entries, and optional sections.
    """
    schema = Environment.model_json_schema()
    return [PROJECT if key == "project" else key for key in _keys(schema, schema, "")]


def _keys(schema: Mapping[str, Any], whole: Mapping[str, Any], path: str) -> Iterator[str]:
    for name, declared in schema.get("properties", {}).items():
        inner, key = _resolved(declared, whole), f"{path}{name}"
        if "properties" not in inner or _may_be_absent(declared):
            yield key
        yield from _keys(inner, whole, f"{key}.")
        if isinstance(entry := inner.get("additionalProperties"), Mapping):
            yield from _keys(_resolved(entry, whole), whole, f"{key}.<name>.")
        if isinstance(entry := inner.get("items"), Mapping):
            yield from _keys(_resolved(entry, whole), whole, f"{key}[].")


def _resolved(schema: Mapping[str, Any], whole: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" in schema:
        return _resolved(whole["$defs"][schema["$ref"].rpartition("/")[2]], whole)
    choices = [choice for choice in schema.get("anyOf", []) if choice.get("type") != "null"]
    return _resolved(choices[0], whole) if choices else schema


def _may_be_absent(schema: Mapping[str, Any]) -> bool:
    return any(choice.get("type") == "null" for choice in schema.get("anyOf", []))


def shown(type_: str, name: str) -> str:
    """Return a resource's name in the table: `storage/Bucket raw`."""
    _, module, last = type_.split(":")
    return f"{module.partition('/')[0]}/{last} {name}"


def expanded(patterns: Iterable[str], there: Iterable[str]) -> set[str]:
    """Return the resources that match the patterns; a pattern without a match is returned itself, so the comparison fails."""
    listed = list(there)
    return {each for pattern in patterns for each in (fnmatch.filter(listed, pattern) or [pattern])}
