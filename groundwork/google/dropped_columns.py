"""A hook that keeps an `up` from dropping columns of a table.

BigQuery drops a column in place, with all its values, and the protection of the table from deletion does not cover that:
https://cloud.google.com/bigquery/docs/managing-table-schemas#delete_a_column.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pulumi

from groundwork.errors import GroundworkError


def columns_kept(name: str) -> pulumi.ResourceHookBinding:
    """Return hooks that refuse to drop a column of a table, already in the preview; `name` is the owner of the tables."""
    # decision 18: refused in the preview, not half-way through an update
    always = pulumi.ResourceHookOptions(on_dry_run=True)
    return pulumi.ResourceHookBinding(before_update=[pulumi.ResourceHook(f"{name}-columns-kept", refuse, always)])


def refuse(hook: pulumi.ResourceHookArgs) -> None:
    """Raise RunError for an update that would drop columns of the table."""
    kept = {column.lower() for column in _columns(hook.new_inputs)}
    if dropped := [column for column in _columns(hook.old_inputs) if column.lower() not in kept]:
        error = GroundworkError(
            "dropped-columns-refused",
            f"{hook.name} would lose {', '.join(dropped)}, with all their values, and `protect_data` is on",
            "keep the columns in its schema file, or lift the protection as in docs/guides/changes.md",
        )
        raise pulumi.RunError(str(error))


def _columns(inputs: Mapping[str, Any] | None) -> list[str]:
    return [column["name"] for column in json.loads((inputs or {}).get("schema") or "[]")]
