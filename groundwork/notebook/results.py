"""Results that runs stored in their deployment's tables: finds and retracts them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from groundwork.ports.errors import Absent, Conflict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from groundwork.contract.deployment import Deployment
    from groundwork.ports.platform import Platform


FAILED = frozenset({"failed", "interrupted"})
"""Statuses of runs that ended without success."""


def runs_of(platform: Platform, *builds: str) -> list[str]:
    """Return the runs that belong to these builds, newest first."""
    return [run.id for run in platform.runner.runs() if run.build in builds] if builds else []


def retract_results(platform: Platform, deployment: Deployment, runs: Iterable[str]) -> dict[str, str]:
    """Remove every batch that these runs stored in the deployment's tables; return a phrase per run with the tables.

    A second call changes nothing. Runs without results are not in the answer.
    """
    return retract(platform, deployment.dataset, runs)


def retract_failed(platform: Platform, deployment: Deployment) -> dict[str, str]:
    """Remove every batch of the deployment's failed and interrupted runs, as above."""
    failed = [run.id for run in platform.runner.runs() if run.deployment == deployment.name and run.status in FAILED]
    return retract_results(platform, deployment, failed)


def retract(platform: Platform, dataset: str, runs: Iterable[str]) -> dict[str, str]:
    """Remove every batch that these runs stored in one dataset, as above; a deleted dataset has none."""
    retracted: dict[str, list[str]] = {}
    for table, batch in stored(platform, dataset, runs):
        with suppress(Absent):  # a table that is deleted in between takes its batches with it
            platform.warehouse.retract(table, batch=batch)
            retracted.setdefault(batch, []).append(table.rpartition(".")[2])
    return {run: f"retracted its rows in {', '.join(tables)}" for run, tables in retracted.items()}


def stored(platform: Platform, dataset: str, runs: Iterable[str]) -> list[tuple[str, str]]:
    """Return the tables of one dataset that have batches of these runs: pairs of table and batch."""
    names = set(runs)
    if not names:
        return []
    try:
        tables = platform.warehouse.tables(dataset)
    except Absent:
        return []
    return [(table, batch) for table in tables for batch in sorted(names.intersection(_batches(platform, table)))]


def _batches(platform: Platform, table: str) -> list[str]:
    """Return the batches of a table; a view has none, and neither has a table that was deleted in between."""
    try:
        return platform.warehouse.batches(table)
    except (Absent, Conflict):
        return []
