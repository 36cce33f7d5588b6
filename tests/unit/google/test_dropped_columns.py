"""Columns of a protected table are kept when its schema file changes."""

from __future__ import annotations

import json

import pulumi
import pytest

from groundwork.google.dropped_columns import refuse


def arguments(before: list[str], after: list[str]) -> pulumi.ResourceHookArgs:
    """Return the arguments of a hook before an update of a table."""
    old, new = ({"schema": json.dumps([{"name": name, "type": "STRING"} for name in names])} for names in (before, after))
    return pulumi.ResourceHookArgs("urn", "id", "raw-sales", "gcp:bigquery/table:Table", old_inputs=old, new_inputs=new)


def test_a_dropped_column_is_refused_with_its_name_and_a_hint() -> None:
    with pytest.raises(pulumi.RunError) as error:
        refuse(arguments(["id", "Size", "Type", "batch"], ["id", "batch"]))

    assert "raw-sales would lose Size, Type, with all their values" in str(error.value)
    assert "(dropped-columns-refused)\nhint: keep the columns in its schema file" in str(error.value)


@pytest.mark.parametrize("after", [["id", "batch"], ["id", "Reported", "batch"], ["batch", "id"], ["ID", "batch"]])
def test_added_and_reordered_columns_are_accepted(after: list[str]) -> None:
    """BigQuery ignores the case of a name."""
    refuse(arguments(["id", "batch"], after))
