"""What a ledger tells: what happened to a candidate, in sentences.

Text in it is of strangers (branches, subjects, reasons): whoever prints a line makes it printable first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Record = Mapping[str, Any]

_SHOWN = 200


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


def story(records: Sequence[Record]) -> list[Line]:
    """Tell who pushed, what ran, who decided what and why, what was made and rolled back."""
    return [
        Line(at=str(record["at"]), by=str(record["by"]), what=str(record["what"]), text=_SAYS[record["what"]](record))
        for record in records
        if record["what"] in _SAYS
    ]


def _begun(record: Record) -> str:
    who, what = record.get("author"), record.get("subject")
    pushed = f"{who} pushed {_short(record.get('commit'))} to {record.get('branch')}" if record.get("branch") else f"{who} asked"
    again = f"; {record['retried_by']} had it tried again: {record['retried_because']}" if record.get("retried_by") else ""
    return f"{pushed}{f': {what}' if what else ''}{again}" if who else f"{record['key']} began"


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
    "reverted": lambda record: f"rolled back: `{record['key']}`",
    "stuck": lambda record: f"could not be rolled back: `{record['key']}`: {record['left']}",
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
