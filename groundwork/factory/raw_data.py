"""Whether the raw data are those that a candidate ran on: what comes in between changes its measurement, not what it did."""

from __future__ import annotations

from groundwork.errors import GroundworkError
from groundwork.factory.artifacts import digest
from groundwork.factory.step_context import Work
from groundwork.ports.warehouse import Warehouse


def standing(warehouse: Warehouse, dataset: str) -> dict[str, str]:
    """Return a digest of the batches of every raw table of a dataset, `project.dataset`, by the table's name."""
    tables = warehouse.tables(dataset)
    return {table.rpartition(".")[2]: digest("\n".join(warehouse.batches(table)).encode()) for table in tables}


def require_same(work: Work, before: dict[str, str]) -> None:
    """Raise GroundworkError where raw data were loaded or retracted since a candidate was given what it may know of them."""
    now = standing(work.platform.warehouse, work.settings.deployment.raw)
    moved = sorted(table for table in before.keys() | now.keys() if before.get(table) != now.get(table))
    if moved:
        raise GroundworkError(
            "raw-data-moved",
            f"{', '.join(moved)} changed between the candidate's run and its measurement: nothing is wrong with it",
            f"try it again: `groundwork review retry {work.candidate.id}`",
        )
