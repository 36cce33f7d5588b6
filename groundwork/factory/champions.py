"""The serving version and the earlier ones: the table `serving` of an environment's deployment, one row a promotion."""

from __future__ import annotations

from dataclasses import dataclass

from groundwork.ports.warehouse import Warehouse


@dataclass(frozen=True, kw_only=True)
class Served:
    """One row."""

    sequence: int
    candidate: str
    run: str
    """Its results: the `batch` in the deployment's other tables."""
    version: str


def history(warehouse: Warehouse, table: str) -> list[Served]:
    """Return every version that served, in order; the last row serves."""
    query = "SELECT sequence, candidate, run, version FROM serving ORDER BY sequence"
    rows = warehouse.query(query, tables={"serving": table}).to_dict("records")
    return [
        Served(sequence=int(row["sequence"]), candidate=str(row["candidate"]), run=str(row["run"]), version=str(row["version"]))
        for row in rows
    ]


def next_sequence(warehouse: Warehouse, table: str) -> int:
    """Return the number of the next row."""
    return max((row.sequence for row in history(warehouse, table)), default=0) + 1


def before(served: list[Served]) -> Served | None:
    """Return the version that served before the first release of the serving version; None if there was none."""
    if not served:
        return None
    first = next(index for index, row in enumerate(served) if row.version == served[-1].version)
    return served[first - 1] if first else None
