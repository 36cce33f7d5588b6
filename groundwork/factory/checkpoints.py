"""Store checkpoints: the ledgers of ended promotions that were verified once and need not be read again.

`<ledger>/checkpoints` is itself a ledger of one chain, with unique numbers, hashes and commit markers. Each of its records is a
checkpoint: for ended promotions, the number of their records and the hash of the last one, which all earlier ones are chained to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from groundwork.contract.ledger_records import Checkpoint, EndedLedger, parsed
from groundwork.factory.ledger import Ledger, names
from groundwork.ports.fsspec_errors import port_errors

if TYPE_CHECKING:
    import fsspec  # type: ignore[import-untyped]  # fsspec has no types

# decision 22: an ended promotion is verified once and then held by a checkpoint
MOST = 50
"""The largest number of ledgers in one checkpoint: it limits the reads of the build that writes it, and of a reconciliation."""
EVERY = timedelta(days=1)
_CHAIN = "ended"


@dataclass(frozen=True)
class Checkpoints:
    """The checkpoints of an environment's ledger."""

    objects: fsspec.AbstractFileSystem
    root: str
    """`gs://…` of the ledger."""

    def all(self) -> Mapping[str, EndedLedger]:
        """Return every ledger that a checkpoint holds, by candidate; raises GroundworkError for an invalid chain."""
        checkpoints = (record for record in self._chain().read() if isinstance(record, Checkpoint))
        return {id_: ledger for checkpoint in checkpoints for id_, ledger in checkpoint.ended.items()}

    def due(self) -> bool:
        """Return whether the next checkpoint is due: daily, and at once when the last one is full. Takes one or two reads."""
        folder = f"{self._root}/promotions/{_CHAIN}"
        written = names(self.objects, folder)
        if not written:
            return True
        with port_errors(f"{folder}/{written[-1]}"):
            content = self.objects.cat_file(f"{folder}/{written[-1]}")
        try:
            last = parsed(content)
        except ValueError:  # the build that writes the next one reports the invalid chain
            return True
        full = isinstance(last, Checkpoint) and len(last.ended) >= MOST
        return full or datetime.now(UTC) - datetime.fromisoformat(last.at) >= EVERY

    def add(self, ended: Mapping[str, EndedLedger], build: str) -> None:
        """Write the next checkpoint; raises Taken if another build wrote it."""
        chain = self._chain()
        number = len(chain.read())
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        chain.append(Checkpoint(key=str(number), at=at, by=build, sequence=number, ended=ended))

    def _chain(self) -> Ledger:
        return Ledger(self.objects, self._root, _CHAIN)

    @property
    def _root(self) -> str:
        return f"{self.root}/checkpoints"
