"""Append rows of the factory itself: one batch in one table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from groundwork.contract.ledger_records import Json
from groundwork.factory.effects.batches import leftover_batch
from groundwork.ports.errors import Absent, Conflict
from groundwork.ports.platform import Platform
from groundwork.ports.warehouse import check_batch

if TYPE_CHECKING:
    import pandas as pd

_TIMES = {"DATE": date.fromisoformat, "DATETIME": datetime.fromisoformat, "TIMESTAMP": datetime.fromisoformat}


@dataclass(frozen=True)
class Rows:
    """Rows as JSON: dates and times are ISO 8601."""

    platform: Platform

    def plan(self, *, table: str, batch: str, rows: list[Json]) -> Json:
        """Raise Conflict if the table has the batch already."""
        check_batch(batch)
        if batch in self.platform.warehouse.batches(table):
            raise Conflict(f"{table} has a batch {batch} already", "find out which program wrote it; a batch is written once")
        return {"table": table, "batch": batch, "rows": [dict(row) for row in rows]}

    def apply(self, intent: Json) -> Json:
        """Append the rows."""
        self.platform.warehouse.append(intent["table"], self._frame(intent), batch=intent["batch"])
        return {}

    def revert(self, intent: Json) -> None:
        """Retract the rows; a table that was deleted has none."""
        try:
            self.platform.warehouse.retract(intent["table"], batch=intent["batch"])
        except Absent:
            return

    def leftovers(self, intent: Json) -> str:
        """Return whether the table still has the batch."""
        return leftover_batch(self.platform, intent["table"], intent["batch"])

    def _frame(self, intent: Json) -> pd.DataFrame:
        import pandas as pd  # noqa: PLC0415  slow to load

        columns = self.platform.warehouse.describe(intent["table"]).columns
        read = {column.name: _TIMES[column.type] for column in columns if column.type in _TIMES}
        return pd.DataFrame(
            [
                {name: read[name](value) if name in read and value is not None else value for name, value in row.items()}
                for row in intent["rows"]
            ]
        )
