"""What keeps an `up` from dropping columns of a table.

BigQuery drops a column in place, with every value in it, and nothing that protects the table from going looks at that:
https://cloud.google.com/bigquery/docs/managing-table-schemas#delete_a_column.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pulumi

from groundwork.errors import GroundworkError


def columns_kept(name: str) -> pulumi.ResourceHookBinding:
    """Return hooks for tables that refuse to drop a column, in the preview already; `name` is whose tables they are."""
    # decision 18: refused in the preview, not half-way through an update
    always = pulumi.ResourceHookOptions(on_dry_run=True)
    return pulumi.ResourceHookBinding(before_update=[pulumi.ResourceHook(f"{name}-columns-kept", refuse, always)])


def refuse(asked: pulumi.ResourceHookArgs) -> None:
    """Raise RunError where columns of the table would go."""
    kept = {column.lower() for column in _columns(asked.new_inputs)}
    if dropped := [column for column in _columns(asked.old_inputs) if column.lower() not in kept]:
        error = GroundworkError(
            "dropped-columns-refused",
            f"{asked.name} would lose {', '.join(dropped)}, with all their values, and `protect_data` is on",
            "keep the columns in its schema file, or lift the protection as in docs/guides/changes.md",
        )
        raise pulumi.RunError(str(error))


def _columns(given: Mapping[str, Any] | None) -> list[str]:
    return [column["name"] for column in json.loads((given or {}).get("schema") or "[]")]
