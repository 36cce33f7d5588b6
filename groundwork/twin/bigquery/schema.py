"""Columns of a BigQuery table: checks a schema, and lists the changes that Google makes in place."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,299}")
MODES = {"NULLABLE", "REQUIRED", "REPEATED"}
SAME = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN"}
TYPES = {*SAME, *SAME.values(), "STRING", "DATE", "DATETIME", "TIMESTAMP", "NUMERIC"}
"""Flat types that the twin's warehouse can store."""

Columns = Mapping[str, Mapping[str, Any]]


def columns(schema: str) -> Columns:
    """Return the columns of a schema by name, in order."""
    return {column["name"]: column for column in json.loads(schema)}


def mistakes(schema: str) -> list[str]:
    """Return the reasons for which Google would refuse a schema, and columns that the twin cannot store."""
    try:
        listed = json.loads(schema)
    except ValueError as error:
        return [f"the schema is not JSON: {error}"]
    if not isinstance(listed, list) or not all(isinstance(column, dict) and column.get("name") for column in listed):
        return ["the schema must be a list of columns, each with a name"]
    names = [column["name"].lower() for column in listed]
    twice = sorted({name for name in names if names.count(name) > 1})
    return [f"column {name} is there twice" for name in twice] + [reason for column in listed for reason in _mistakes(column)]


def changes_in_place(old: str, new: str) -> bool:
    """Return whether Google takes a table from one schema to the other without replacing it.

    As Google's provider decides it (resourceBigQueryTableSchemaIsChangeable): a type never changes, a mode only from REQUIRED to
    NULLABLE; columns are added, and dropped as long as one stays.
    """
    before, after = columns(old), columns(new)
    kept = [name for name in before if name in after]
    return bool(kept) and all(_type(before[name]) == _type(after[name]) and _widens(before[name], after[name]) for name in kept)


def drop_columns(folder: Path, dropped: set[str]) -> None:
    """Remove columns from every batch of a table, so that their values do not reappear when a column is added again."""
    if not dropped:
        return
    import pyarrow.parquet as pq  # noqa: PLC0415  slow, and hardly ever needed

    for file in sorted(folder.glob("*.parquet")):
        rows = pq.read_table(file)
        new = file.with_name(f".{file.name}.{os.getpid()}")
        pq.write_table(rows.drop_columns([name for name in rows.column_names if name in dropped]), new)
        new.replace(file)


def _mistakes(column: Mapping[str, Any]) -> list[str]:
    name, type_, mode = column["name"], str(column.get("type")), column.get("mode", "NULLABLE")
    found = [] if NAME.fullmatch(name) else [f"`{name}` is not a valid name of a column"]
    if type_ not in TYPES:
        found.append(f"column {name} has type {type_}; the twin knows {', '.join(sorted(TYPES))}")
    if mode not in MODES - {"REPEATED"}:
        found.append(f"column {name} has mode {mode}; the twin knows NULLABLE and REQUIRED")
    return found


def _type(column: Mapping[str, Any]) -> str:
    type_ = str(column["type"])
    return SAME.get(type_, type_)


def _widens(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    before, after = old.get("mode", "NULLABLE"), new.get("mode", "NULLABLE")
    return before == after or (before, after) == ("REQUIRED", "NULLABLE")
