"""Where promotions are written down: one object a record, created and never changed, each with the hash of the one before.

`<root>/promotions/<candidate>/<sequence>.json` holds a record, and `<root>/markers/<candidate>/<sequence>-<hash>` is an empty
object that says that it was written: so a last record that was removed, or all of them, are missed. Whoever is killed between
the two leaves a last record without its commit marker; the next writer adds it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from groundwork.errors import GroundworkError
from groundwork.factory.protocols import Taken
from groundwork.ports.fsspec_errors import at_the_edge

if TYPE_CHECKING:
    import fsspec  # type: ignore[import-untyped]  # fsspec has no types

# decision 11: a hash chain, with a commit marker beside each record
FIRST = "0" * 64
"""What stands for the hash of a record before the first."""

_FIELDS = {"what": str, "key": str, "at": str, "by": str, "sequence": int, "previous": str}
_RECORD = re.compile(r"(\d{6})\.json")
_MARKER = re.compile(r"(\d{6})-([0-9a-f]{32})")


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What lies in the ledger of one candidate, right or wrong."""

    records: Mapping[str, bytes]
    """By the object's name."""
    markers: frozenset[str]


class Ledger:
    """The records of one promotion."""

    def __init__(self, objects: fsspec.AbstractFileSystem, root: str, candidate: str) -> None:
        self.candidate = candidate
        self._objects = objects
        self._root = root
        self._hashes: list[str] | None = None
        self._unmarked = ""

    def read(self) -> list[Mapping[str, Any]]:
        """Return the records, oldest first; none where nothing is yet. Raises GroundworkError for a ledger that is not whole."""
        found = stored(self._objects, self._root, self.candidate)
        records, problems = check(found)
        if problems:
            raise GroundworkError(
                "ledger-broken",
                f"the ledger of `{self.candidate}` is not as it was written: {problems[0]}",
                "do nothing more with this candidate; `groundwork audit verify` tells all that is wrong",
            )
        contents = [found.records[record_name(number)] for number in range(len(records))]
        self._hashes = [digest(content) for content in contents]
        last = marker_of(len(contents) - 1, contents[-1]) if contents else ""
        self._unmarked = "" if last in found.markers else last
        return records

    def append(self, sequence: int, record: Mapping[str, Any]) -> None:
        """Create record number `sequence`; raises Taken if there is one, Denied or Unavailable."""
        if self._hashes is None:
            self.read()
        hashes: list[str] = [] if self._hashes is None else self._hashes
        if sequence < len(hashes):
            raise Taken(self.candidate, sequence)
        self._marker()
        content = _written({**record, "sequence": sequence, "previous": hashes[-1] if hashes else FIRST})
        try:
            self._create(f"promotions/{self.candidate}/{record_name(sequence)}", content)
        except FileExistsError:
            raise Taken(self.candidate, sequence) from None
        hashes.append(digest(content))
        self._unmarked = marker_of(sequence, content)
        self._marker()

    def _marker(self) -> None:
        if self._unmarked:
            with suppress(FileExistsError):  # whoever wrote the record was only slow
                self._create(f"markers/{self.candidate}/{self._unmarked}", b"")
        self._unmarked = ""

    def _create(self, name: str, content: bytes) -> None:
        url = f"{self._root}/{name}"
        with at_the_edge(url, keep=FileExistsError), self._objects.open(url, "xb") as file:
            file.write(content)


@dataclass(frozen=True)
class Known:
    """The candidates that something is written of: `in` asks for one, whatever the others are."""

    objects: fsspec.AbstractFileSystem
    root: str

    def __contains__(self, candidate: object) -> bool:
        """Look for the candidate's records; raises Denied and Unavailable."""
        return bool(names(self.objects, f"{self.root}/promotions/{candidate}"))


def candidates(objects: fsspec.AbstractFileSystem, root: str) -> list[str]:
    """Return every candidate that something is written of, sorted: also one whose records were all removed."""
    return sorted({*names(objects, f"{root}/promotions"), *names(objects, f"{root}/markers")})


def stored(objects: fsspec.AbstractFileSystem, root: str, candidate: str) -> Stored:
    """Return what lies there."""
    found = markers(objects, root, candidate)  # before the records: what is written meanwhile then lacks a commit marker at most
    folder = f"{root}/promotions/{candidate}"
    records = {}
    for name in names(objects, folder):
        with at_the_edge(f"{folder}/{name}"):
            records[name] = objects.cat_file(f"{folder}/{name}")
    return Stored(records=records, markers=found)


def markers(objects: fsspec.AbstractFileSystem, root: str, candidate: str) -> frozenset[str]:
    """Return the names of the commit markers that lie there."""
    return frozenset(names(objects, f"{root}/markers/{candidate}"))


def marker_of(number: int, content: bytes) -> str:
    """Return what the commit marker of a record is called."""
    return f"{number:06d}-{digest(content)[:32]}"


def digest(content: bytes) -> str:
    """Return the hash that the next record, or a checkpoint, keeps of a record."""
    return hashlib.sha256(content).hexdigest()


def record_name(number: int) -> str:
    """Return what the object of a record is called."""
    return f"{number:06d}.json"


def check(found: Stored) -> tuple[list[Mapping[str, Any]], list[str]]:
    """Return the records that can be understood, in order, and all that is wrong with what lies there, one sentence each."""
    numbers = {int(match[1]): name for name in found.records if (match := _RECORD.fullmatch(name))}
    problems = [f"`{name}` was inserted: no record is called that." for name in found.records.keys() - numbers.values()]
    marked = {int(match[1]): name for name in found.markers if (match := _MARKER.fullmatch(name))}
    problems += [
        f"`{name}` was inserted: no commit marker is called that." for name in found.markers if not _MARKER.fullmatch(name)
    ]
    length = max((*numbers, *marked), default=-1) + 1
    records: list[Mapping[str, Any]] = []
    previous = FIRST
    for number in range(length):
        if number not in numbers:
            problems.append(f"record {number} was removed.")
            previous = ""
            continue
        content = found.records[numbers[number]]
        record = _understood(content)
        faults = _faults(number, content, record, previous=previous, markers=found.markers)
        problems += faults
        records += [record] if record is not None else []
        previous = "" if faults else digest(content)
    return records, problems


def _understood(content: bytes) -> Mapping[str, Any] | None:
    try:
        record = json.loads(content, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return None
    whole = isinstance(record, dict) and all(isinstance(record.get(name), kind) for name, kind in _FIELDS.items())
    return record if whole else None


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _faults(
    number: int, content: bytes, record: Mapping[str, Any] | None, *, previous: str, markers: frozenset[str]
) -> list[str]:
    """Return what is wrong with one record; `previous` is "" behind one that is wrong itself."""
    faults = []
    own = {marker for marker in markers if marker.startswith(f"{number:06d}-")}
    if own and own != {marker_of(number, content)}:
        faults.append(f"record {number} was changed: it is not what its commit marker says.")
    elif record is None or record["sequence"] != number or content != _written(record):
        faults.append(f"record {number} was changed: it is not as a record is written.")
    elif previous and record["previous"] != previous:
        faults.append(f"record {number} does not follow on record {number - 1}: one of the two was changed or inserted.")
    return faults


def names(objects: fsspec.AbstractFileSystem, folder: str) -> list[str]:
    """Return what lies directly in a folder, sorted; nothing where there is none. Raises Denied and Unavailable."""
    with at_the_edge(folder, keep=FileNotFoundError):
        try:
            found = objects.ls(folder, detail=False, refresh=True)
        except FileNotFoundError:
            return []
    return sorted(str(path).rstrip("/").rpartition("/")[2] for path in found)


def _written(record: Mapping[str, Any]) -> bytes:
    return json.dumps(record, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")
