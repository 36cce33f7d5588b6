"""Which promotions are under way: an empty object each, made before the first record and removed behind the last.

`<records>/open/<deployment>/<candidate>.<way>.<build>`, in the bucket of records, as nothing is ever deleted from the ledger's. A
mark says where to look and nothing else: whether its promotion was begun, whose it is and whether it has ended is in the ledger.
Marks of one candidate by several builds are no harm; each build removes only what it has read.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from groundwork.factory.ledger import names
from groundwork.ports.fsspec_errors import at_the_edge

if TYPE_CHECKING:
    import fsspec  # type: ignore[import-untyped]  # fsspec has no types

    from groundwork.factory.candidate import Candidate

# decision 22: a reconcile run reads these marks, not every promotion that ever was
_MARK = re.compile(r"([^.]+)\.([0-9a-f]{12})\.(.+)")


@dataclass(frozen=True)
class Mark:
    """One object."""

    candidate: str
    way: str
    """The same for candidates of one branch to the same target: of those, a later one supersedes the others."""
    build: str
    """Who made it."""

    @property
    def name(self) -> str:
        """What the object is called."""
        return f"{self.candidate}.{self.way}.{self.build}"


@dataclass(frozen=True)
class Marks:
    """Those of one deployment."""

    objects: fsspec.AbstractFileSystem
    records: str
    """`gs://…` of the bucket of records."""
    deployment: str

    def all(self) -> list[Mark]:
        """Return them, in one listing; raises Denied and Unavailable."""
        found = (_MARK.fullmatch(name) for name in names(self.objects, self._folder))
        return [Mark(*match.groups()) for match in found if match]

    def add(self, candidate: Candidate, build: str) -> None:
        """Make one, before anything is written of the candidate."""
        url = f"{self._folder}/{Mark(candidate.id, way(candidate), build).name}"
        with at_the_edge(url), self.objects.open(url, "wb"):
            pass

    def remove(self, mark: Mark) -> None:
        """Remove one, or find it gone."""
        url = f"{self._folder}/{mark.name}"
        with at_the_edge(url, keep=FileNotFoundError), suppress(FileNotFoundError):
            self.objects.rm_file(url)

    def close(self, candidate: str) -> None:
        """Remove every mark of a candidate whose promotion has ended."""
        for mark in self.all():
            if mark.candidate == candidate:
                self.remove(mark)

    @property
    def _folder(self) -> str:
        return f"{self.records}/open/{self.deployment}"


def way(candidate: Candidate) -> str:
    """Return what a mark says of branch and target, which may be called as people like."""
    return hashlib.sha256(f"{candidate.branch}\n{candidate.target}".encode()).hexdigest()[:12]
