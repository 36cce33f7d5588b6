"""What a ledger tells: whether it is as it was written, and what happened, in sentences.

Text in it is of strangers (branches, subjects, reasons): whoever prints a line makes it printable first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from groundwork.factory.ledger import candidates, check, record_name, seal_of, seals, stored

if TYPE_CHECKING:
    import fsspec  # type: ignore[import-untyped]  # fsspec has no types

Record = Mapping[str, Any]

_HOLD = frozenset({"begun", "claim"})
_SHOWN = 200


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something in a ledger that is not as it was written."""

    candidate: str
    text: str
    """One sentence."""

    def __str__(self) -> str:
        return f"{self.candidate}: {self.text}"


@dataclass(frozen=True, kw_only=True)
class Line:
    """Something that happened."""

    at: str
    """ISO 8601, UTC."""
    by: str
    """The runner: a build's id."""
    what: str
    """The record's sort."""
    text: str


def verify(objects: fsspec.AbstractFileSystem, root: str) -> list[Finding]:
    """Return every record that was changed, removed or inserted.

    A last record without a seal is what a killed writer leaves, and no finding as long as it follows on the one before.
    """
    return [
        Finding(candidate=candidate, text=text)
        for candidate in candidates(objects, root)
        for text in _verify(objects, root, candidate)
    ]


def _verify(objects: fsspec.AbstractFileSystem, root: str, candidate: str) -> Iterator[str]:
    found = stored(objects, root, candidate)
    records, problems = check(found)
    if problems:  # which would make the others look wrong in other ways, too
        yield from problems
        return
    later = seals(objects, root, candidate)  # of all that was read above, but perhaps the last
    for number in range(len(records) - 1):
        if seal_of(number, found.records[record_name(number)]) not in later:
            yield f"the seal of record {number} was removed, or the record was inserted."
    yield from _order(records)


def _order(records: Sequence[Record]) -> Iterator[str]:
    """Yield what no runner would have written, however well it is chained."""
    holder, latest, over = "", "", False
    for number, record in enumerate(records):
        if over:
            yield f"record {number} was inserted: the promotion was over."
        if record["what"] in _HOLD:
            holder = record["by"]
        elif record["by"] != holder:
            yield f"record {number} was inserted: `{record['by']}` had not claimed the promotion."
        if str(record["at"]) < latest:
            yield f"record {number} was inserted: it is older than the one before."
        latest, over = str(record["at"]), over or record["what"] == "end"


def story(records: Sequence[Record]) -> list[Line]:
    """Tell who pushed, what ran, who decided what and why, what was made and unmade."""
    return [
        Line(at=str(record["at"]), by=str(record["by"]), what=str(record["what"]), text=_SAYS[record["what"]](record))
        for record in records
        if record["what"] in _SAYS
    ]


def _begun(record: Record) -> str:
    who, what = record.get("author"), record.get("subject")
    pushed = f"{who} pushed {_short(record.get('commit'))} to {record.get('branch')}" if record.get("branch") else f"{who} asked"
    return f"{pushed}{f': {what}' if what else ''}" if who else f"{record['key']} began"


def _intent(record: Record) -> str:
    kind = f"{record['kind']}, temporary" if record["temporary"] else record["kind"]
    return f"to be made: `{record['key']}`, {kind}{_in_brackets(record['intent'])}"


def _done(record: Record) -> str:
    return f"done: {record['key']}{_in_brackets(record['output'])}"


_SAYS: Mapping[str, Callable[[Record], str]] = {
    "begun": _begun,
    "claim": lambda record: f"`{record['by']}` took the promotion over",
    "intent": _intent,
    "made": lambda record: f"made: `{record['key']}`{_in_brackets(record['result'])}",
    "reverted": lambda record: f"unmade: `{record['key']}`",
    "stuck": lambda record: f"could not be unmade: `{record['key']}`: {record['left']}",
    "done": _done,
    "told": lambda record: f"told: {record['key']}",
    "waits": lambda record: f"{record['key']} waits: {record['why']}",
    "ending": lambda record: f"{record['key']}: {record['why']}",
    "end": lambda _: "over: nothing that was to go is left",
}


def _in_brackets(data: Mapping[str, Any]) -> str:
    """Return the plain values of some data, of nested ones too; digests and commits in full: they are what an audit is for."""
    told = ", ".join(f"{name} {value}" for name, value in _plain("", data) if value)
    return f" ({told})" if told else ""


def _plain(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    match value:
        case dict():
            for key, inner in value.items():
                yield from _plain(f"{name}.{key}" if name else str(key), inner)
        case list():
            yield name, f"[{len(value)}]"
        case _:
            text = "" if value is None else str(value)
            yield name, text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _short(commit: Any) -> str:
    return str(commit)[:12]
