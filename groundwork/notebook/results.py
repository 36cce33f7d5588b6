"""The results that runs stored in their deployment's tables, and their retraction."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from groundwork.ports.errors import Absent, Conflict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from groundwork.contract.deployment import Deployment
    from groundwork.ports.platform import Platform


def runs_of(platform: Platform, build: str) -> list[str]:
    """Return the runs that belong to a build, newest first."""
    return [run.id for run in platform.runner.runs() if run.build == build]


def retract_results(platform: Platform, deployment: Deployment, runs: Iterable[str]) -> dict[str, str]:
    """Remove every batch that these runs stored in the deployment's tables; return, by run, from where as a plain phrase.

    Safe to repeat. Runs without results are not in the result.
    """
    return retract(platform, deployment.dataset, runs)


def retract(platform: Platform, dataset: str, runs: Iterable[str]) -> dict[str, str]:
    """Remove every batch that these runs stored in one dataset, as above."""
    wanted = set(runs)
    taken: dict[str, list[str]] = {}
    for table in platform.warehouse.tables(dataset) if wanted else ():
        with suppress(Absent):  # a table that goes meanwhile takes its batches with it
            for run in sorted(wanted.intersection(_batches(platform, table))):
                platform.warehouse.retract(table, batch=run)
                taken.setdefault(run, []).append(table.rpartition(".")[2])
    return {run: f"retracted what it stored in {', '.join(tables)}" for run, tables in taken.items()}


def _batches(platform: Platform, table: str) -> list[str]:
    """Return the batches of a table; a view among the tables has none."""
    try:
        return platform.warehouse.batches(table)
    except Conflict:
        return []
