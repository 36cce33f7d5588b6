"""Store promotions' ledgers: one object per record, created once and never changed, each with the hash of the one before.

`<root>/promotions/<candidate>/<sequence>.json` holds a record, and `<root>/markers/<candidate>/<sequence>-<hash>` is an empty
object, its commit marker: it shows when the last record, or every record, was removed. A runner that is killed between the two
writes leaves a last record without its commit marker; the next runner adds it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn

from groundwork.contract.ledger_records import FIRST, Record, canonical, parsed, unsupported, written
from groundwork.errors import GroundworkError
from groundwork.factory.protocols import Taken
from groundwork.ports.fsspec_errors import port_errors

if TYPE_CHECKING:
    import fsspec  # type: ignore[import-untyped]  # fsspec has no types

# decision 11: a hash chain, with a commit marker beside each record
_CHAINED = {"key": str, "at": str, "by": str, "sequence": int, "previous": str}
"""The fields of a record of every schema version."""
_RECORD = re.compile(r"(\d{6})\.json")
_MARKER = re.compile(r"(\d{6})-([0-9a-f]{32})")


@dataclass(frozen=True, kw_only=True)
class LedgerObjects:
    """The objects of one candidate's ledger, valid or not."""

    records: Mapping[str, bytes]
    """The content of each record's object, by the object's name."""
    markers: frozenset[str]
    """The names of the commit markers."""


@dataclass(frozen=True, kw_only=True)
class CheckedLedger:
    """The records of a ledger, and the problems that a check found."""

    records: list[Record]
    """The valid records, oldest first."""
    problems: list[str]
    """One sentence for each record that was changed, removed or inserted."""
    unsupported: str
    """A sentence about the first record of another schema, or ""."""


class Ledger:
    """The records of one promotion."""

    def __init__(self, objects: fsspec.AbstractFileSystem, root: str, candidate: str) -> None:
        self.candidate = candidate
        self._objects = objects
        self._root = root
        self._hashes: list[str] | None = None
        self._unmarked = ""

    def read(self) -> list[Record]:
        """Return the records, oldest first; an empty list before the first. Raises GroundworkError for an invalid ledger."""
        stored = read_objects(self._objects, self._root, self.candidate)
        checked = check(stored)
        if checked.problems:
            raise GroundworkError(
                "ledger-changed",
                f"the ledger of `{self.candidate}` was changed after it was written: {checked.problems[0]}",
                "stop work on this candidate and run `groundwork audit verify` to list every changed record",
            )
        if checked.unsupported:
            raise GroundworkError(
                "ledger-schema-unsupported",
                f"the ledger of `{self.candidate}` cannot be read: {checked.unsupported}",
                "use the release of groundwork that wrote it, or push the commit again to start a new promotion",
            )
        contents = [stored.records[record_name(number)] for number in range(len(checked.records))]
        self._hashes = [digest(content) for content in contents]
        last = marker_of(len(contents) - 1, contents[-1]) if contents else ""
        self._unmarked = "" if last in stored.markers else last
        return checked.records

    def append(self, record: Record) -> Record:
        """Chain a record to the one before, create its object and return it; raises Taken, Denied or Unavailable."""
        if self._hashes is None:
            self.read()
        hashes: list[str] = [] if self._hashes is None else self._hashes
        if record.sequence < len(hashes):
            raise Taken(self.candidate, record.sequence)
        self._mark()
        record = record.model_copy(update={"previous": hashes[-1] if hashes else FIRST})
        content = written(record)
        try:
            self._create(f"promotions/{self.candidate}/{record_name(record.sequence)}", content)
        except FileExistsError:
            raise Taken(self.candidate, record.sequence) from None
        hashes.append(digest(content))
        self._unmarked = marker_of(record.sequence, content)
        self._mark()
        return record

    def _mark(self) -> None:
        if self._unmarked:
            with suppress(FileExistsError):  # the runner that wrote the record was only slow
                self._create(f"markers/{self.candidate}/{self._unmarked}", b"")
        self._unmarked = ""

    def _create(self, name: str, content: bytes) -> None:
        url = f"{self._root}/{name}"
        with port_errors(url, keep=FileExistsError), self._objects.open(url, "xb") as file:
            file.write(content)


@dataclass(frozen=True)
class KnownCandidates:
    """The candidates that have a ledger: `in` looks up only one of them."""

    objects: fsspec.AbstractFileSystem
    root: str

    def __contains__(self, candidate: object) -> bool:
        """Return whether the candidate has records; raises Denied and Unavailable."""
        return bool(names(self.objects, f"{self.root}/promotions/{candidate}"))


def candidates(objects: fsspec.AbstractFileSystem, root: str) -> list[str]:
    """Return every candidate that has a ledger, sorted, also one of which every record was removed."""
    return sorted({*names(objects, f"{root}/promotions"), *names(objects, f"{root}/markers")})


def read_objects(objects: fsspec.AbstractFileSystem, root: str, candidate: str) -> LedgerObjects:
    """Return the objects of a candidate's ledger."""
    found = markers(
        objects, root, candidate
    )  # before the records: a record that is written in between only lacks its commit marker
    folder = f"{root}/promotions/{candidate}"
    records = {}
    for name in names(objects, folder):
        with port_errors(f"{folder}/{name}"):
            records[name] = objects.cat_file(f"{folder}/{name}")
    return LedgerObjects(records=records, markers=found)


def markers(objects: fsspec.AbstractFileSystem, root: str, candidate: str) -> frozenset[str]:
    """Return the names of a ledger's commit markers."""
    return frozenset(names(objects, f"{root}/markers/{candidate}"))


def marker_of(number: int, content: bytes) -> str:
    """Return the name of a record's commit marker."""
    return f"{number:06d}-{digest(content)[:32]}"


def digest(content: bytes) -> str:
    """Return the hash of a record's object, which the next record and a checkpoint keep."""
    return hashlib.sha256(content).hexdigest()


def record_name(number: int) -> str:
    """Return the name of a record's object."""
    return f"{number:06d}.json"


def check(stored: LedgerObjects) -> CheckedLedger:
    """Verify names, hashes, commit markers and the schema of a ledger's objects; return its records and all problems."""
    numbers = {int(match[1]): name for name in stored.records if (match := _RECORD.fullmatch(name))}
    marked = {int(match[1]): name for name in stored.markers if (match := _MARKER.fullmatch(name))}
    checked = CheckedLedger(records=[], problems=list(_foreign(stored, numbers.values())), unsupported="")
    other_schema, previous = "", FIRST
    for number in range(max((*numbers, *marked), default=-1) + 1):
        if number not in numbers:
            checked.problems.append(f"record {number} was removed.")
            previous = ""
            continue
        content = stored.records[numbers[number]]
        value = _chained(content)
        fault = _fault(number, content, value, previous=previous, markers=stored.markers)
        previous = "" if fault else digest(content)
        if not fault and value and (type_ := unsupported(value)):
            other_schema = other_schema or f"record {number} is {type_}."
        elif not fault:
            try:
                checked.records.append(parsed(content))
            except ValueError:
                fault = _changed(number)
        checked.problems.extend([fault] if fault else [])
    return replace(checked, unsupported=other_schema)


def names(objects: fsspec.AbstractFileSystem, folder: str) -> list[str]:
    """Return the names of the objects and folders in a folder, sorted; raises Denied and Unavailable."""
    with port_errors(folder, keep=FileNotFoundError):
        try:
            paths = objects.ls(folder, detail=False, refresh=True)
        except FileNotFoundError:
            return []
    return sorted(str(path).rstrip("/").rpartition("/")[2] for path in paths)


def _foreign(stored: LedgerObjects, record_names: Iterable[str]) -> Iterator[str]:
    """Yield a problem for each object without the name of a record or commit marker."""
    for name in stored.records.keys() - set(record_names):
        yield f"`{name}` was inserted: no record has that name."
    for name in stored.markers:
        if not _MARKER.fullmatch(name):
            yield f"`{name}` was inserted: no commit marker has that name."


def _chained(content: bytes) -> dict[str, Any] | None:
    """Return the value of an object if it is canonical JSON with the fields of the chain."""
    try:
        value = json.loads(content, parse_constant=_refuse_constant)
        whole = isinstance(value, dict) and all(isinstance(value.get(name), type_) for name, type_ in _CHAINED.items())
        return value if whole and canonical(value) == content else None
    except (ValueError, RecursionError):
        return None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _fault(number: int, content: bytes, value: Mapping[str, Any] | None, *, previous: str, markers: frozenset[str]) -> str:
    """Return the problem of one object or ""; `previous` is "" after a record that has a problem itself."""
    own = {marker for marker in markers if marker.startswith(f"{number:06d}-")}
    if own and own != {marker_of(number, content)}:
        return f"record {number} was changed: its hash differs from its commit marker."
    if value is None or value["sequence"] != number:
        return _changed(number)
    if previous and value["previous"] != previous:
        return f"record {number} does not follow record {number - 1}: one of the two was changed or inserted."
    return ""


def _changed(number: int) -> str:
    return f"record {number} was changed: its content is not valid."
