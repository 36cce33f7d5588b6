"""Verify that the raw data did not change between a candidate's run and its evaluation."""

from __future__ import annotations

from groundwork.errors import GroundworkError
from groundwork.factory.artifacts import digest
from groundwork.factory.step_context import StepContext
from groundwork.ports.warehouse import Warehouse


def digests(warehouse: Warehouse, dataset: str) -> dict[str, str]:
    """Return a digest of the batches of every raw table of a dataset, `project.dataset`, by the table's name."""
    tables = warehouse.tables(dataset)
    return {table.rpartition(".")[2]: digest("\n".join(warehouse.batches(table)).encode()) for table in tables}


def require_same(context: StepContext, before: dict[str, str]) -> None:
    """Raise GroundworkError if raw data were loaded or retracted since the candidate was provisioned."""
    now = digests(context.platform.warehouse, context.settings.deployment.raw)
    changed = sorted(table for table in before.keys() | now.keys() if before.get(table) != now.get(table))
    if changed:
        raise GroundworkError(
            "raw-data-changed",
            f"{', '.join(changed)} changed between the candidate's run and its evaluation, which is not a fault of the candidate",
            f"run `groundwork review retry {context.candidate.id}` to evaluate it again",
        )
