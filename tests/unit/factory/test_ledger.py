"""What was written stays as it was written, or is found out."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from groundwork.contract.ledger_records import FIRST, Completed, Started, canonical, written
from groundwork.errors import GroundworkError
from groundwork.factory import audit
from groundwork.factory.ledger import Ledger, candidates, marker_of
from groundwork.factory.machine import PromotionLog, Taken, Unwritten
from groundwork.factory.status import promotion_statuses
from groundwork.ports.errors import Denied
from tests.unit.factory.conftest import Twin
from tests.unit.factory.generic import evaluate, steps
from tests.unit.factory.world import CANDIDATE, LEDGER, Harness, World, candidate

AT = "2026-11-30T12:00:00.000+00:00"
RECORD = Started(key="c", candidate=candidate("c"), at=AT, by="b1", sequence=0)


def completed(sequence: int, *, key: str = "gate", at: str = AT, by: str = "b1") -> Completed:
    return Completed(key=key, output={}, at=at, by=by, sequence=sequence)


@pytest.fixture
def records(twin: Twin) -> Path:
    """Return the folder of a real promotion's records."""
    world = World()
    world.ledger = twin.objects
    Harness(steps, evaluate(approved=False), world).to_the_end()
    return twin.root / "buckets" / LEDGER[5:] / "promotions" / CANDIDATE


def findings(twin: Twin) -> list[str]:
    return [finding.text for finding in audit.verify(twin.objects, LEDGER)]


def test_where_nothing_is_yet_nothing_is_known(twin: Twin) -> None:
    assert [] == candidates(twin.objects, LEDGER)
    assert [] == Ledger(twin.objects, LEDGER, "c").read()
    assert [] == findings(twin)


def test_records_are_chained(twin: Twin) -> None:
    ledger = Ledger(twin.objects, LEDGER, "c")
    ledger.append(RECORD)
    ledger.append(completed(1))
    first, second = Ledger(twin.objects, LEDGER, "c").read()
    assert (0, FIRST) == (first.sequence, first.previous)
    assert (1, hashlib.sha256(written(first)).hexdigest()) == (second.sequence, second.previous)
    assert ["c"] == candidates(twin.objects, LEDGER)


def test_a_number_is_written_once(twin: Twin) -> None:
    first, second = (Ledger(twin.objects, LEDGER, "c") for _ in range(2))
    for ledger in (first, second):
        ledger.read()
    first.append(RECORD)
    for ledger in (first, second):
        with pytest.raises(Taken):
            ledger.append(RECORD)


def test_a_missing_commit_marker_is_added_by_the_next_writer(twin: Twin) -> None:
    """As a kill between the two leaves it."""
    Ledger(twin.objects, LEDGER, "c").append(RECORD)
    (marker,) = twin.objects.find(f"{LEDGER}/markers/c")
    twin.objects.rm(marker)
    assert [] == findings(twin)
    Ledger(twin.objects, LEDGER, "c").append(completed(1))
    assert marker in twin.objects.find(f"{LEDGER}/markers/c")
    assert 2 == len(twin.objects.find(f"{LEDGER}/markers/c"))


def test_who_may_not_write_is_told_so() -> None:
    world = World()
    world.clock.denied = f"objects.create {LEDGER[5:]}"
    with pytest.raises(Denied):
        Ledger(world.objects, LEDGER, "c").append(RECORD)
    with pytest.raises(Unwritten):
        Harness(steps, world=world).promotion_log().start(candidate("c"))


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"NaN", b'{"type":NaN}', b'{"sequence":1e999}', b"\xff\xfe", b"[" * 100_000, b"{}"]
)
def test_a_record_that_is_none_stops_everything(twin: Twin, content: bytes) -> None:
    twin.objects.pipe_file(f"{LEDGER}/promotions/c/000000.json", content)
    with pytest.raises(GroundworkError, match="ledger-changed"):
        Ledger(twin.objects, LEDGER, "c").read()
    assert ["record 0 was changed: its content is not valid."] == findings(twin)


def test_an_untouched_ledger_has_no_findings(twin: Twin, records: Path) -> None:
    assert len(list(records.iterdir())) > 25
    assert [] == findings(twin)


def test_a_changed_byte_is_found_in_every_record(twin: Twin, records: Path) -> None:
    for number, record in enumerate(sorted(records.iterdir())):
        content = record.read_bytes()
        for changed in (content.replace(b"build-", b"built-"), content[:-2] + b" " + content[-2:], content[:-1]):
            record.write_bytes(changed)
            assert [f"record {number} was changed: its hash differs from its commit marker."] == findings(twin)[:1]
            with pytest.raises(GroundworkError, match="ledger-changed"):
                Ledger(twin.objects, LEDGER, CANDIDATE).read()
        record.write_bytes(content)
    assert [] == findings(twin)


def test_every_removed_record_is_found(twin: Twin, records: Path) -> None:
    """The first and the last too."""
    for number, record in enumerate(sorted(records.iterdir())):
        content = record.read_bytes()
        record.unlink()
        assert [f"record {number} was removed."] == findings(twin)
        with pytest.raises(GroundworkError, match="ledger-changed"):
            Ledger(twin.objects, LEDGER, CANDIDATE).read()
        record.write_bytes(content)


def test_that_all_records_of_a_candidate_were_removed_is_found(twin: Twin, records: Path) -> None:
    count = len(list(records.iterdir()))
    for record in records.iterdir():
        record.unlink()
    records.rmdir()
    assert [f"record {number} was removed." for number in range(count)] == findings(twin)


def test_a_record_that_was_inserted_anywhere_is_found(twin: Twin, records: Path) -> None:
    original = {record: record.read_bytes() for record in sorted(records.iterdir())}
    for number, content in enumerate(original.values()):
        for other, moved in enumerate(list(original.values())[number:], start=number + 1):
            (records / f"{other:06d}.json").write_bytes(moved)
        (records / f"{number:06d}.json").write_bytes(content.replace(b"build-", b"built-"))
        assert findings(twin), f"inserted at {number}"
        for record, content_ in original.items():
            record.write_bytes(content_)
        (records / f"{len(original):06d}.json").unlink()
    assert [] == findings(twin)


@pytest.mark.usefixtures("records")
def test_a_record_behind_the_end_is_found_however_well_it_is_chained(twin: Twin) -> None:
    ledger = Ledger(twin.objects, LEDGER, CANDIDATE)
    count = len(ledger.read())
    ledger.append(completed(count, key="review", by=ledger.read()[-1].by, at=ledger.read()[-1].at))
    (finding,) = audit.verify(twin.objects, LEDGER)
    assert f"{CANDIDATE}: record {count} was inserted: the promotion had ended." == str(finding)


def test_a_record_by_somebody_who_had_no_claim_is_found(twin: Twin) -> None:
    ledger = Ledger(twin.objects, LEDGER, "c")
    ledger.append(RECORD)
    ledger.append(completed(1, by="mallory"))
    ledger.append(completed(2, at="2026-11-30T11:00:00.000+00:00"))
    assert [
        "record 1 was inserted: `mallory` had not claimed the promotion.",
        "record 2 was inserted: it is older than the one before.",
    ] == findings(twin)


def test_other_objects_are_found(twin: Twin, records: Path) -> None:
    (records / "000001.json.bak").write_bytes(b"{}")
    twin.objects.pipe_file(f"{LEDGER}/markers/{CANDIDATE}/000001", b"")
    assert [
        "`000001.json.bak` was inserted: no record has that name.",
        "`000001` was inserted: no commit marker has that name.",
    ] == findings(twin)


@pytest.mark.usefixtures("records")
def test_a_removed_commit_marker_is_found(twin: Twin) -> None:
    markers = twin.objects.find(f"{LEDGER}/markers/{CANDIDATE}")
    twin.objects.rm(markers[3])
    assert ["the commit marker of record 3 was removed, or the record was inserted."] == findings(twin)


def test_clocks_of_two_machines_differ_and_nothing_was_inserted(twin: Twin) -> None:
    noon = datetime(2026, 11, 30, 12, tzinfo=UTC)

    def promotion_log(build: str, at: datetime) -> PromotionLog:
        return PromotionLog(Ledger(twin.objects, LEDGER, "c"), {}, build, lambda _: False, now=lambda: at)

    first = promotion_log("b1", noon)
    first.start(candidate("c"))
    first.rest("review", "a person")
    second = promotion_log("b2", noon - timedelta(minutes=5))
    second.end("rejected", "no")
    assert [] == findings(twin)
    assert {"2026-11-30T12:00:00.000+00:00"} == {record.at for record in second.records}, "never before the last"


@pytest.mark.parametrize(
    ("at", "found"), [("2026-11-30T11:59:30+00:00", []), ("2026-11-30T11:58:30+00:00", ["older"]), ("noon", ["not valid"])]
)
def test_what_is_older_than_clocks_differ_or_has_no_time_was_inserted(twin: Twin, at: str, found: list[str]) -> None:
    ledger = Ledger(twin.objects, LEDGER, "c")
    ledger.append(RECORD)
    ledger.append(completed(1, at=at))
    assert [True] * len(found) == [reason in text for reason, text in zip(found, findings(twin), strict=True)]


def old_schema(twin: Twin, **changes: object) -> None:
    """Write a ledger as the previous release did: chained and marked, its records without a schema version."""
    content = canonical({"what": "begun", "key": "c", "at": AT, "by": "b1", "sequence": 0, "previous": FIRST, **changes})
    twin.objects.pipe_file(f"{LEDGER}/promotions/c/000000.json", content)
    twin.objects.pipe_file(f"{LEDGER}/markers/c/{marker_of(0, content)}", b"")


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({}, "type `begun` in schema version 1"),
        ({"schema_version": 3, "type": "started"}, "type `started` in schema version 3"),
        ({"schema_version": 2, "type": "begun"}, "type `begun` in schema version 2"),
    ],
)
def test_a_ledger_of_another_schema_is_refused_by_type_and_version(twin: Twin, changes: dict[str, object], refused: str) -> None:
    old_schema(twin, **changes)
    text = f"record 0 is of {refused}; this release reads the types of version 2."
    with pytest.raises(GroundworkError) as refusal:
        Ledger(twin.objects, LEDGER, "c").read()
    assert ("ledger-schema-unsupported", f"the ledger of `c` cannot be read: {text}") == (
        refusal.value.code,
        refusal.value.message,
    )
    assert [text] == findings(twin)


def test_no_record_is_added_to_a_ledger_of_another_schema(twin: Twin) -> None:
    old_schema(twin)
    with pytest.raises(GroundworkError, match="ledger-schema-unsupported"):
        Ledger(twin.objects, LEDGER, "c").append(completed(1))
    assert 1 == len(twin.objects.find(f"{LEDGER}/promotions/c"))


def test_a_ledger_of_another_schema_hides_none_of_the_others(twin: Twin) -> None:
    old_schema(twin)
    Ledger(twin.objects, LEDGER, "d").append(Started(key="d", candidate=candidate("d"), at=AT, by="b1", sequence=0))
    assert [("c", "ledger-changed"), ("d", "change")] == [
        (each.id, each.state) for each in promotion_statuses(twin.objects, LEDGER, ["c", "d"])
    ]
    assert [["d"]] == [[record.key for record in records] for records in audit.checkpoint(twin.objects, LEDGER, "b1")]


def test_a_changed_ledger_of_another_schema_counts_as_changed(twin: Twin) -> None:
    old_schema(twin)
    path = f"{LEDGER}/promotions/c/000000.json"
    twin.objects.pipe_file(path, twin.objects.cat_file(path).replace(b"begun", b"began"))
    with pytest.raises(GroundworkError, match="ledger-changed"):
        Ledger(twin.objects, LEDGER, "c").read()
