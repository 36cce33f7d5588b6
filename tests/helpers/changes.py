"""The change table, `tests/data/changes.yaml`: what happens to a stack that is up when one key of its file changes."""

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
    """One change, and what is expected of it; nothing at all where no operation is given, and it is not refused."""

    key: str
    """As `docs/reference/environment.md` has it; `gcp:project` for what lies beside the section."""

    change: str
    """In words."""

    stack: str
    """The stack that is up: one of `BASES`."""

    set: Mapping[str, Any]
    """New values by their paths in the section; None takes away."""

    create: tuple[str, ...] = ()
    """`module/Type name`, as patterns; so are the other three. Resources of Google's provider alone are told."""

    update: tuple[str, ...] = ()
    replace: tuple[str, ...] = ()
    delete: tuple[str, ...] = ()

    protected: tuple[str, ...] = ()
    """What Pulumi refuses to delete or replace, and the whole change with it."""

    refused: str = ""
    """What a refusal says that comes from the file's own rules, or from the program's."""

    means: str = ""
    """What nobody would see from the operations."""

    up: bool = False
    """Whether it is brought about, too, and the preview after it is empty."""

    @property
    def name(self) -> str:
        """How a test's report calls it."""
        return f"{self.stack}: {self.key}: {self.change}"

    @property
    def file(self) -> dict[str, Any]:
        """The stack's file with the change."""
        return changed(base(self.stack), self.set)


@dataclass(frozen=True)
class Base:
    """A stack that is up before anything changes."""

    stack: str
    """Whose file it begins with."""

    project: str
    set: Mapping[str, Any] = field(default_factory=dict)


def rows() -> list[Row]:
    """Return the table."""
    found = []
    for each in _table()["rows"]:
        lists = {name: tuple(value) for name, value in each.items() if isinstance(value, list)}
        found.append(Row(**{**each, **lists}))
    return found


def bases() -> dict[str, Base]:
    """Return the stacks that are changed, by name."""
    return {name: Base(**each) for name, each in _table()["bases"].items()}


def base(name: str) -> dict[str, Any]:
    """Return the file of a stack before the change."""
    made = bases()[name]
    return changed(_file(made.stack), {PROJECT: made.project, **made.set})


@functools.cache
def _table() -> Any:
    return yaml.safe_load(TABLE.read_text())


@functools.cache
def _file(stack: str) -> dict[str, Any]:
    file: dict[str, Any] = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())
    return file


def changed(file: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stack's file with other values at dotted paths of its section; None takes one away."""
    new: dict[str, Any] = copy.deepcopy(dict(file))
    for path, value in values.items():
        *parents, last = [path] if path == PROJECT else [SECTION, *path.split(".")]
        place = new["config"]
        for parent in parents:
            place = place[int(parent)] if isinstance(place, list) else place.setdefault(parent, {})
        if value is None:
            del place[last]
        elif isinstance(place, list):
            place[int(last)] = value
        else:
            place[last] = value
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
    return {path: json.dumps(wanted) for path, wanted in columns.items()}


def keys() -> list[str]:
    """Return every key of the file that can change by itself.

    They are values, lists and mappings, what is in the entries of either, and sections that may be absent.
    """
    schema = Environment.model_json_schema()
    return [PROJECT if key == "project" else key for key in _keys(schema, schema, "")]


def _keys(schema: Mapping[str, Any], whole: Mapping[str, Any], path: str) -> Iterator[str]:
    for name, given in schema.get("properties", {}).items():
        inner, key = _resolved(given, whole), f"{path}{name}"
        if "properties" not in inner or _may_be_absent(given):
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
    """Return how the table names a resource: `storage/Bucket raw`."""
    _, module, last = type_.split(":")
    return f"{module.partition('/')[0]}/{last} {name}"


def expanded(patterns: Iterable[str], there: Iterable[str]) -> set[str]:
    """Return the resources that patterns mean, of those there; a pattern that means none stands for itself, and is missed."""
    listed = list(there)
    return {each for pattern in patterns for each in (fnmatch.filter(listed, pattern) or [pattern])}
