"""One model per record type, and one form in bytes."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError

from groundwork.contract import ledger_records
from groundwork.contract.candidate import Candidate
from groundwork.contract.ledger_records import (
    RECORD_TYPES,
    SCHEMA_VERSION,
    Checkpoint,
    Claimed,
    Completed,
    EndedLedger,
    LedgerRecord,
    OutcomeDecided,
    Planned,
    Record,
    Reverted,
    RevertFailed,
    Started,
    Waiting,
    holder,
    parsed,
    written,
)

COMMON: Any = {"at": "2026-11-30T12:00:00.000+00:00", "by": "b1", "sequence": 0}
CANDIDATE = Candidate(
    id="c", deployment="d", branch="feature/x", target=None, commit="1" * 40, author="ä", subject="s" * 5_000, parent="", base="",
    people=("a", "b"),
)  # fmt: skip
RECORDS: list[LedgerRecord] = [
    Started(key="c", candidate=CANDIDATE, **COMMON),
    Planned(key="stack", effect="stack", temporary=True, intent={"b": [1.5, 1e22, None], "a": {"é": 2**70}}, **COMMON),
    Completed(key="gate", output={"pair": (1, 2), "least": 5e-324}, **COMMON),
    Waiting(key="review", reason="for a person", **COMMON),
    Checkpoint(key="0", ended={"c": EndedLedger(records=3, last="0" * 64)}, **COMMON),
]


def test_every_type_of_the_union_is_listed_and_named_once() -> None:
    union = get_args(get_args(Record)[0])
    assert union == RECORD_TYPES
    assert set(union) == set(LedgerRecord.__subclasses__())
    assert len(union) == len({model.model_fields["type"].default for model in union})


@pytest.mark.parametrize("record", RECORDS)
def test_a_record_is_read_back_with_the_same_bytes(record: LedgerRecord) -> None:
    content = written(record)
    assert content == written(parsed(content))
    assert content.isascii()
    assert SCHEMA_VERSION == json.loads(content)["schema_version"]


@pytest.mark.parametrize(
    "changes",
    [
        {"more": 1}, {"fault": None}, {"fault": 0}, {"sequence": "0"}, {"sequence": -1}, {"sequence": 0.0}, {"at": 1},
        {"key": None}, {"previous": "x"}, {"schema_version": 1}, {"schema_version": "2"}, {"type": "waits"},
        {"reason": float("nan")},
    ],
)  # fmt: skip
def test_a_record_that_no_model_writes_is_refused(changes: dict[str, Any]) -> None:
    value = {**json.loads(written(RECORDS[3])), **changes}
    content = json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    with pytest.raises(ValueError, match=r"validation error|canonical"):
        parsed(content)


@pytest.mark.parametrize("name", ["fault", "previous", "schema_version", "type"])
def test_a_default_is_written_and_required(name: str) -> None:
    value = json.loads(written(RECORDS[3]))
    del value[name]
    with pytest.raises(ValueError, match=r"validation error|canonical"):
        parsed(json.dumps(value, sort_keys=True, separators=(",", ":")).encode())


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"NaN", b" ", b"[" * 100_000, b"\xff"])
def test_other_content_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parsed(content)


def test_another_order_of_keys_or_a_space_is_refused() -> None:
    content = written(RECORDS[3])
    for other in (content.replace(b":", b": ", 1), json.dumps(dict(reversed(json.loads(content).items()))).encode()):
        with pytest.raises(ValueError, match="canonical"):
            parsed(other)


def test_no_number_that_json_lacks_is_written() -> None:
    with pytest.raises(ValueError, match="Out of range"):
        written(Completed(key="gate", output={"value": float("nan")}, **COMMON))


def test_an_outcome_is_one_of_the_outcomes() -> None:
    with pytest.raises(ValidationError, match="promoted"):
        OutcomeDecided(key="finished", reason="", **COMMON)  # type: ignore[arg-type]  # that is the claim


def of(model: type[LedgerRecord], by: str, **fields: Any) -> Any:
    return model(**{**COMMON, "key": "k", "by": by, **fields})


@pytest.mark.parametrize(
    ("records", "runner"),
    [
        ([], None),
        ([of(Started, "b1", candidate=CANDIDATE)], "b1"),
        ([of(Started, "b1", candidate=CANDIDATE), of(Waiting, "b1", reason="")], None),
        ([of(Waiting, "b1", reason=""), of(Claimed, "b2")], "b2"),
        ([of(Claimed, "b1"), of(Completed, "b1", output={}), of(Reverted, "b1")], "b1"),
        ([of(Claimed, "b1"), of(Claimed, "b2"), of(RevertFailed, "b2", leftovers="x")], "b2"),
    ],
)
def test_the_last_runner_that_claimed_a_promotion_holds_it_until_it_waits(records: list[Record], runner: str | None) -> None:
    assert runner == holder(records)


def test_every_type_and_field_is_documented() -> None:
    models: list[type[BaseModel]] = [*RECORD_TYPES, EndedLedger, Candidate]
    assert [] == [model.__name__ for model in models if not model.__doc__]
    assert ledger_records.__doc__
