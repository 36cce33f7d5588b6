"""Mark promotions that are under way: one empty object each, created before the first record and removed after the last.

A mark is `<records>/open/<deployment>/<candidate>.<way>.<build>`, in the bucket of records, because nothing is ever deleted from
the ledger's bucket. It only selects the ledgers to read: the ledger decides whether a promotion has started or ended. Several
builds may mark one candidate; each build removes only the marks that it has read.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from groundwork.factory.ledger import names
from groundwork.ports.fsspec_errors import port_errors

if TYPE_CHECKING:
    import fsspec  # type: ignore[import-untyped]  # fsspec has no types

    from groundwork.contract.candidate import Candidate

# decision 22: a reconciliation reads these marks, not every earlier promotion
_MARK = re.compile(r"([^.]+)\.([0-9a-f]{12})\.(.+)")


@dataclass(frozen=True)
class Mark:
    """The mark of one candidate by one build."""

    candidate: str
    way: str
    """A hash of branch and target: of the candidates with the same one, a later one supersedes the others."""
    build: str
    """The build that created it."""

    @property
    def name(self) -> str:
        """The object's name."""
        return f"{self.candidate}.{self.way}.{self.build}"


@dataclass(frozen=True)
class Marks:
    """The marks of one deployment."""

    objects: fsspec.AbstractFileSystem
    records: str
    """`gs://…` of the bucket of records."""
    deployment: str

    def all(self) -> list[Mark]:
        """Return every mark, in one listing; raises Denied and Unavailable."""
        found = (_MARK.fullmatch(name) for name in names(self.objects, self._folder))
        return [Mark(*match.groups()) for match in found if match]

    def add(self, candidate: Candidate, build: str) -> None:
        """Create a mark, before the candidate's first record."""
        url = f"{self._folder}/{Mark(candidate.id, way(candidate), build).name}"
        with port_errors(url), self.objects.open(url, "wb"):
            pass

    def remove(self, mark: Mark) -> None:
        """Remove a mark, which may not exist any more."""
        url = f"{self._folder}/{mark.name}"
        with port_errors(url, keep=FileNotFoundError), suppress(FileNotFoundError):
            self.objects.rm_file(url)

    def close(self, candidate: str) -> None:
        """Remove every mark of a candidate that has ended."""
        for mark in self.all():
            if mark.candidate == candidate:
                self.remove(mark)

    @property
    def _folder(self) -> str:
        return f"{self.records}/open/{self.deployment}"


def way(candidate: Candidate) -> str:
    """Return a hash of branch and target: their names may contain any character."""
    return hashlib.sha256(f"{candidate.branch}\n{candidate.target}".encode()).hexdigest()[:12]
