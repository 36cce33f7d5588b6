"""What was verified once and need not be read again: the endings of promotions, in a chain of their own.

`<ledger>/checkpoints` is itself a ledger of one chain, with unique numbers, hashes and commit markers. Each of its records is
a checkpoint: for promotions that have ended, the number of their records and the hash of the last one, which all others hang on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from groundwork.factory.ledger import Ledger, names
from groundwork.ports.fsspec_errors import at_the_edge

if TYPE_CHECKING:
    import fsspec  # type: ignore[import-untyped]  # fsspec has no types

# decision 22: an ended promotion is verified once and then held by a checkpoint
MOST = 50
"""So many endings stand in one checkpoint: what a build reads to make one has an end, and what a reconciliation reads, too."""
EVERY = timedelta(days=1)
_CHAIN = "ended"


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a ledger ended."""

    records: int
    last: str
    """Hash of the last record."""


@dataclass(frozen=True)
class Checkpoints:
    """Those of an environment's ledger."""

    objects: fsspec.AbstractFileSystem
    root: str
    """`gs://…` of the ledger."""

    def all(self) -> Mapping[str, Ended]:
        """Return every ending that a checkpoint holds, by candidate; raises GroundworkError for a chain that is not whole."""
        held = (record["ended"] for record in self._chain().read())
        return {id_: Ended(records=records, last=last) for each in held for id_, (records, last) in each.items()}

    def due(self) -> bool:
        """Return whether the next one is to be made: daily, and at once where the last one had no room. One or two reads."""
        folder = f"{self._root}/promotions/{_CHAIN}"
        written = names(self.objects, folder)
        if not written:
            return True
        with at_the_edge(f"{folder}/{written[-1]}"):
            content = self.objects.cat_file(f"{folder}/{written[-1]}")
        try:
            last = json.loads(content)
            return len(last["ended"]) >= MOST or datetime.now(UTC) - datetime.fromisoformat(last["at"]) >= EVERY
        except (ValueError, LookupError, TypeError):  # whoever makes the next one tells that the chain is not whole
            return True

    def add(self, ended: Mapping[str, Ended], build: str) -> None:
        """Write the next one; raises Taken where another build did."""
        chain = self._chain()
        number = len(chain.read())
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        told = {id_: [each.records, each.last] for id_, each in ended.items()}
        chain.append(number, {"what": "checkpoint", "key": str(number), "at": at, "by": build, "ended": told})

    def _chain(self) -> Ledger:
        return Ledger(self.objects, self._root, _CHAIN)

    @property
    def _root(self) -> str:
        return f"{self.root}/checkpoints"
