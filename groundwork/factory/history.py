"""Describe a promotion's records in sentences.

Records contain text of others (branches, subjects, reasons): the caller makes each line printable before it shows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from groundwork.contract.candidate import Candidate
from groundwork.contract.ledger_records import (
    Applied,
    Checkpoint,
    Claimed,
    Completed,
    Ended,
    Json,
    Notified,
    OutcomeDecided,
    Planned,
    Record,
    Reverted,
    RevertFailed,
    Started,
    Waiting,
)

_LONGEST = 200


@dataclass(frozen=True, kw_only=True)
class Line:
    """One record in a sentence."""

    at: str
    """The time: ISO 8601, UTC."""
    by: str
    """The runner: the id of a build."""
    type: str
    """The record's type."""
    text: str
    """The sentence, without a full stop."""


def story(records: Sequence[Record]) -> list[Line]:
    """Return a line for each record: push, runs, review decision with its reason, and applied and reverted effects."""
    return [Line(at=record.at, by=record.by, type=record.type, text=_sentence(record)) for record in records]


def _sentence(record: Record) -> str:  # noqa: C901, PLR0911  one sentence for each type
    match record:
        case Started():
            return _started(record.candidate)
        case Claimed():
            return f"`{record.by}` took the promotion over"
        case Waiting():
            return f"{record.key} waits: {record.reason}"
        case Planned():
            kind = f"{record.effect}, temporary" if record.temporary else record.effect
            return f"planned: `{record.key}`, {kind}{_in_brackets(record.intent)}"
        case Applied():
            return f"applied: `{record.key}`{_in_brackets(record.result)}"
        case Reverted():
            return f"rolled back: `{record.key}`"
        case RevertFailed():
            return f"could not be rolled back: `{record.key}`: {record.leftovers}"
        case Completed():
            return f"completed: {record.key}{_in_brackets(record.output)}"
        case Notified():
            return f"notified: {record.key}"
        case OutcomeDecided():
            return f"{record.key}: {record.reason}"
        case Ended():
            return "ended: nothing is left to roll back"
        case Checkpoint():
            return f"checkpoint of {len(record.ended)} ended promotions"


def _started(candidate: Candidate) -> str:
    if not candidate.branch:
        return f"{candidate.author} asked for a rollback to {candidate.back_to}: {candidate.subject}"
    again = f"; {candidate.retried_by} asked to retry it: {candidate.retried_reason}" if candidate.retried_by else ""
    return f"{candidate.author} pushed {candidate.commit[:12]} to {candidate.branch}: {candidate.subject}{again}"


def _in_brackets(data: Json) -> str:
    """Return the plain values of nested data, with digests and commits in full: an audit needs them."""
    values = ", ".join(f"{name} {value}" for name, value in _plain("", data) if value)
    return f" ({values})" if values else ""


def _plain(name: str, value: Any) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for key, inner in value.items():
                yield from _plain(f"{name}.{key}" if name else str(key), inner)
        case list():
            yield name, f"[{len(value)}]"
        case _:
            text = "" if value is None else str(value)
            yield name, text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
