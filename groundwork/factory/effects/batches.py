"""One batch of rows, copied from a candidate's tables into those of the environment's deployment."""

from __future__ import annotations

from dataclasses import dataclass
from shlex import quote

from groundwork.factory.contract import Json
from groundwork.ports.errors import Absent
from groundwork.ports.platform import Platform
from groundwork.ports.warehouse import BATCH, check_batch


@dataclass(frozen=True)
class Batches:
    """The same batch in every table that both datasets have."""

    platform: Platform

    def plan(self, *, source: str, target: str, batch: str, tables: list[str] | None) -> Json:
        """Choose the tables; those that have the batch already are none of ours, and stay as they are."""
        check_batch(batch)
        warehouse = self.platform.warehouse
        shared = set(_short(warehouse.tables(source))) & set(_short(warehouse.tables(target)))
        wanted = sorted(shared if tables is None else shared & set(tables))
        fresh = [table for table in wanted if batch not in warehouse.batches(f"{target}.{table}")]
        return {"source": source, "target": target, "batch": batch, "tables": fresh}

    def apply(self, intent: Json) -> Json:
        """Copy them; return how many rows each table got."""
        return {"rows": {table: self._copy(intent, table) for table in intent["tables"]}}

    def revert(self, intent: Json) -> None:
        """Take them back; a table that is gone took them along."""
        for table in intent["tables"]:
            try:
                self.platform.warehouse.retract(f"{intent['target']}.{table}", batch=intent["batch"])
            except Absent:
                continue

    def remains(self, intent: Json) -> str:
        """Return which tables still have the batch."""
        return "; ".join(
            filter(None, (left(self.platform, f"{intent['target']}.{each}", intent["batch"]) for each in intent["tables"]))
        )

    def _copy(self, intent: Json, table: str) -> int:
        warehouse = self.platform.warehouse
        rows = warehouse.query(
            f"SELECT * EXCEPT ({BATCH}) FROM source WHERE {BATCH} = @wanted",  # noqa: S608  nothing but a constant
            tables={"source": f"{intent['source']}.{table}"},
            parameters={"wanted": intent["batch"]},
        )
        if not rows.empty:
            warehouse.append(f"{intent['target']}.{table}", rows, batch=intent["batch"])
        return len(rows)


def left(platform: Platform, table: str, batch: str) -> str:
    """Return "" or that a table has a batch, and how a person removes it."""
    try:
        there = batch in platform.warehouse.batches(table)
    except Absent:
        return ""
    statement = f"DELETE FROM `{table}` WHERE {BATCH} = '{batch}'"  # noqa: S608  shown to a person; both names are checked by the port
    return f"batch {batch} of {table}: `bq query --use_legacy_sql=false {quote(statement)}`" if there else ""


def _short(tables: list[str]) -> list[str]:
    return [table.rpartition(".")[2] for table in tables]
