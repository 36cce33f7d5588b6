"""The records of a ledger: one model per type, the only definition for writers and readers.

Each record is one object of canonical JSON. Records of another schema version, and types that this release does not know, are
refused by name and version: a promotion is never continued from a record that is only partly understood.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Final, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from groundwork.contract.candidate import Candidate

SCHEMA_VERSION: Final = 2
"""The version of this schema; version 1 is that of records without a version."""

FIRST: Final = "0" * 64
"""The value of `previous` in the first record."""

Json = Mapping[str, Any]
Ending = Literal["promoted", "rejected", "failed", "superseded", "expired", "cancelled"]
ENDINGS: tuple[str, ...] = get_args(Ending)


class LedgerRecord(BaseModel):
    """The fields of all record types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, ser_json_inf_nan="constants")  # which `canonical` refuses

    schema_version: Literal[2] = SCHEMA_VERSION
    """The version of the schema that the record was written with."""
    key: str
    """The subject of the record, unique per type: the latest record of a type and key counts."""
    at: str
    """The time of writing: ISO 8601, UTC, never before the time of the previous record."""
    by: str
    """The runner that wrote the record: the id of its build."""
    sequence: int = Field(ge=0)
    """The record's number, from 0, without gaps."""
    previous: str = Field(default=FIRST, pattern="^[0-9a-f]{64}$")
    """The SHA-256 of the previous record's object; zeros in the first record."""


class Started(LedgerRecord):
    """The promotion started. It is the first record; its key is the candidate's id."""

    type: Literal["started"] = "started"
    candidate: Candidate
    """The commit that is promoted, and the people who have a part in it."""


class Claimed(LedgerRecord):
    """A runner took the promotion over, before its first change; the key is the runner.

    Consecutive claims are from runners that crashed before they wrote another record.
    """

    type: Literal["claimed"] = "claimed"


class Waiting(LedgerRecord):
    """The runner released the promotion; the key is the step that waits, `supersede`, `advance` or `rollback`."""

    type: Literal["waiting"] = "waiting"
    reason: str
    """The event that the promotion waits for."""
    fault: bool = False
    """Whether the platform failed at the step: such attempts are counted and limited."""


class Planned(LedgerRecord):
    """An effect will be applied: written before the world is changed. The key names the effect within the promotion."""

    type: Literal["planned"] = "planned"
    effect: str
    """The kind of effect, such as `stack` or `alias`."""
    temporary: bool
    """Whether the effect is rolled back after every outcome; otherwise it stays after `promoted`."""
    intent: Json
    """The change to apply, and the state before it: enough to revert the effect without other information."""


class Applied(LedgerRecord):
    """A planned effect was applied; the key is that of `planned`."""

    type: Literal["applied"] = "applied"
    result: Json
    """The result of the effect, such as the number of a pull request."""


class Reverted(LedgerRecord):
    """A planned effect was rolled back and verified to be absent, or was never applied; the key is that of `planned`."""

    type: Literal["reverted"] = "reverted"


class RevertFailed(LedgerRecord):
    """A planned effect could not be rolled back; the key is that of `planned`. Each later runner tries again."""

    type: Literal["revert_failed"] = "revert_failed"
    leftovers: str
    """The leftovers, and the way to remove them by hand."""


class Completed(LedgerRecord):
    """A step is complete and is not run again; the key is the step."""

    type: Literal["completed"] = "completed"
    output: Json
    """The step's results, for later steps: digests, the gate's decision, the review decision."""


class Notified(LedgerRecord):
    """People were notified; the key is the message. Later runners do not send it again."""

    type: Literal["notified"] = "notified"


class OutcomeDecided(LedgerRecord):
    """The outcome is decided, and effects are rolled back from here on; the key is the outcome. The first one counts."""

    type: Literal["outcome_decided"] = "outcome_decided"
    key: Ending
    """The outcome."""
    reason: str
    """Why the promotion ends so, such as the reviewer's words."""


class Ended(LedgerRecord):
    """The promotion ended: all effects that the outcome rolls back are rolled back. The key is the outcome; no record follows."""

    type: Literal["ended"] = "ended"
    key: Ending
    """The outcome."""


class EndedLedger(BaseModel):
    """The ledger of an ended promotion, as stored in a checkpoint."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    records: int
    """The number of its records."""
    last: str
    """The SHA-256 of its last record, which all earlier ones are chained to."""


class Checkpoint(LedgerRecord):
    """Ledgers that were verified after their promotions ended. Checkpoints have a chain of their own; the key is the number."""

    type: Literal["checkpoint"] = "checkpoint"
    ended: Mapping[str, EndedLedger]
    """The verified ledgers, by candidate."""


Record = Annotated[
    Started
    | Claimed
    | Waiting
    | Planned
    | Applied
    | Reverted
    | RevertFailed
    | Completed
    | Notified
    | OutcomeDecided
    | Ended
    | Checkpoint,
    Field(discriminator="type"),
]
RECORD_TYPES: tuple[type[LedgerRecord], ...] = get_args(get_args(Record)[0])
R = TypeVar("R", bound=LedgerRecord)

_RECORD: TypeAdapter[Record] = TypeAdapter(Record)
_NAMES = frozenset(model.model_fields["type"].default for model in RECORD_TYPES)


def written(record: LedgerRecord) -> bytes:
    """Return the content of a record's object."""
    return canonical(record.model_dump(mode="json"))


def parsed(content: bytes) -> Record:
    """Return the record in an object; raises ValueError when the content is not as this schema writes it."""
    record = _RECORD.validate_json(content)
    if written(record) != content:
        raise ValueError("it is not canonical JSON of its model")
    return record


def canonical(value: Json) -> bytes:
    """Return JSON in the canonical form for hashes: sorted keys, no spaces, ASCII; raises ValueError for NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def unsupported(value: Json) -> str:
    """Return type and version of a record that is not of this schema, as the end of a sentence, or ""."""
    version, type_ = value.get("schema_version", 1), value.get("type", value.get("what"))
    if version == SCHEMA_VERSION and type_ in _NAMES:
        return ""
    return f"of type `{type_}` in schema version {version}; this release reads the types of version {SCHEMA_VERSION}"


def latest(records: Iterable[Record], model: type[R]) -> dict[str, R]:
    """Return the records of one type by key, the latest of each."""
    return {record.key: record for record in records if isinstance(record, model)}


def candidate_of(records: Sequence[Record]) -> Candidate | None:
    """Return the candidate that a promotion is of; None before its first record, or where that is not `started`."""
    return records[0].candidate if records and isinstance(records[0], Started) else None


def holder(records: Sequence[Record]) -> str | None:
    """Return the runner that holds a promotion; None before the first claim and while the promotion waits."""
    for record in reversed(records):
        if isinstance(record, Started | Claimed):
            return record.by
        if isinstance(record, Waiting):
            return None
    return None
