"""Remember the heads of branches that need no evaluation, so that a reconciliation does not compare them again.

One object, `<folder>/<number>.json`: each writer creates the next number and removes older ones, so that only one of two
concurrent writers succeeds. Without the object every branch is compared again, so an error here stops nothing.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from groundwork.ports.errors import PortError
from groundwork.ports.fsspec_errors import port_errors

if TYPE_CHECKING:
    import fsspec  # type: ignore[import-untyped]  # fsspec has no types

MOST = 20_000
"""The largest number of entries, about a megabyte; further heads are compared again."""


@dataclass(frozen=True, kw_only=True)
class SeenHeads:
    """The heads that one deployment's factory has compared."""

    objects: fsspec.AbstractFileSystem
    folder: str
    """`gs://…`"""

    def read(self) -> frozenset[str]:
        """Return the entries that were written last; none if they cannot be read."""
        with suppress(PortError, ValueError, TypeError):
            numbers = self._numbers()
            if numbers:
                with port_errors(self._url(numbers[-1])):
                    return frozenset(json.loads(self.objects.cat_file(self._url(numbers[-1]))))
        return frozenset()

    def write(self, entries: Collection[str]) -> None:
        """Replace the entries, unless another build does so at the same time."""
        with suppress(PortError):
            older = self._numbers()
            url = self._url(older[-1] + 1 if older else 0)
            with port_errors(url), self.objects.open(url, "xb") as file:
                file.write(json.dumps(sorted(entries)[:MOST]).encode())
            for number in older:
                with port_errors(self._url(number)):
                    self.objects.rm_file(self._url(number))

    def _url(self, number: int) -> str:
        return f"{self.folder}/{number:09d}.json"

    def _numbers(self) -> list[int]:
        with port_errors(self.folder, keep=FileNotFoundError), suppress(FileNotFoundError):
            found = self.objects.ls(self.folder, detail=False, refresh=True)
            names = (str(path).rpartition("/")[2].removesuffix(".json") for path in found)
            return sorted(int(name) for name in names if name.isdecimal())
        return []
