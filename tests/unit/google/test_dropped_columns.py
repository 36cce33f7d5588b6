"""Columns of a protected table stay, whatever becomes of its schema file."""

from __future__ import annotations

import json

import pulumi
import pytest

from groundwork.google.dropped_columns import refuse


def asked(before: list[str], after: list[str]) -> pulumi.ResourceHookArgs:
    """Return what Pulumi hands to a hook before it updates a table."""
    old, new = ({"schema": json.dumps([{"name": name, "type": "STRING"} for name in names])} for names in (before, after))
    return pulumi.ResourceHookArgs("urn", "id", "raw-sales", "gcp:bigquery/table:Table", old_inputs=old, new_inputs=new)


def test_a_dropped_column_is_refused_with_its_name_and_a_way_out() -> None:
    with pytest.raises(pulumi.RunError) as error:
        refuse(asked(["id", "Size", "Type", "batch"], ["id", "batch"]))

    assert "raw-sales would lose Size, Type, with all their values" in str(error.value)
    assert "(dropped-columns-refused)\nhint: keep the columns in its schema file" in str(error.value)


@pytest.mark.parametrize("after", [["id", "batch"], ["id", "Reported", "batch"], ["batch", "id"], ["ID", "batch"]])
def test_columns_that_come_and_move_are_nobody_s_loss(after: list[str]) -> None:
    """BigQuery does not look at the case of a name."""
    refuse(asked(["id", "batch"], after))
