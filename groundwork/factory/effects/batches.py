"""Copy one batch of rows from the factory's copies into the tables of the environment's deployment."""

from __future__ import annotations

from dataclasses import dataclass
from shlex import quote

from groundwork.contract.ledger_records import Json
from groundwork.factory.artifacts import frame, read_by_digest
from groundwork.ports.errors import Absent, Conflict
from groundwork.ports.platform import Platform
from groundwork.ports.warehouse import BATCH, check_batch


@dataclass(frozen=True)
class Batches:
    """A batch in every table that has a copy."""

    platform: Platform

    def plan(self, *, target: str, batch: str, copies: Json) -> Json:
        """Take the `url` and `digest` of each table's copy. Raises Conflict if a table has the batch already."""
        check_batch(batch)
        for table in copies:
            if batch in self.platform.warehouse.batches(f"{target}.{table}"):
                raise Conflict(
                    f"{target}.{table} has a batch {batch} already", "find out which program wrote it; a batch is written once"
                )
        return {"target": target, "batch": batch, "copies": {table: dict(copy) for table, copy in copies.items()}}

    def apply(self, intent: Json) -> Json:
        """Append the rows; return their number for each table. Raises GroundworkError for a copy that was changed."""
        return {"rows": {table: self._write(intent, table, copy) for table, copy in intent["copies"].items()}}

    def revert(self, intent: Json) -> None:
        """Retract the rows; a table that was deleted has none."""
        for table in intent["copies"]:
            try:
                self.platform.warehouse.retract(f"{intent['target']}.{table}", batch=intent["batch"])
            except Absent:
                continue

    def leftovers(self, intent: Json) -> str:
        """Return the tables that still have the batch."""
        return "; ".join(
            filter(
                None, (leftover_batch(self.platform, f"{intent['target']}.{each}", intent["batch"]) for each in intent["copies"])
            )
        )

    def _write(self, intent: Json, table: str, copy: Json) -> int:
        rows = frame(read_by_digest(self.platform.objects, copy["url"], copy["digest"]))
        if not rows.empty:
            self.platform.warehouse.append(f"{intent['target']}.{table}", rows, batch=intent["batch"])
        return len(rows)


def leftover_batch(platform: Platform, table: str, batch: str) -> str:
    """Return a batch that a table still has, with its manual removal, or ""."""
    try:
        there = batch in platform.warehouse.batches(table)
    except Absent:
        return ""
    statement = f"DELETE FROM `{table}` WHERE {BATCH} = '{batch}'"  # noqa: S608  printed for a person; the port checks both names
    return f"batch {batch} of {table}: `bq query --use_legacy_sql=false {quote(statement)}`" if there else ""
