"""What was written stays as it was written, or is found out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from groundwork.errors import GroundworkError
from groundwork.factory import audit
from groundwork.factory.ledger import FIRST, Ledger, candidates
from groundwork.factory.machine import PromotionLog, Taken, Unwritten
from groundwork.ports.errors import Denied
from tests.unit.factory.conftest import Twin
from tests.unit.factory.generic import evaluate, steps
from tests.unit.factory.world import CANDIDATE, LEDGER, Harness, World

RECORD: dict[str, Any] = {"what": "begun", "key": "c", "at": "2026-11-30T12:00:00.000+00:00", "by": "b1"}


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
    ledger.append(0, RECORD)
    ledger.append(1, RECORD)
    first, second = Ledger(twin.objects, LEDGER, "c").read()
    assert (0, FIRST) == (first["sequence"], first["previous"])
    assert (1, 64) == (second["sequence"], len(second["previous"]))
    assert ["c"] == candidates(twin.objects, LEDGER)


def test_a_number_is_written_once(twin: Twin) -> None:
    first, second = (Ledger(twin.objects, LEDGER, "c") for _ in range(2))
    for ledger in (first, second):
        ledger.read()
    first.append(0, RECORD)
    for ledger in (first, second):
        with pytest.raises(Taken):
            ledger.append(0, RECORD)


def test_a_missing_commit_marker_is_added_by_the_next_writer(twin: Twin) -> None:
    """As a kill between the two leaves it."""
    Ledger(twin.objects, LEDGER, "c").append(0, RECORD)
    (marker,) = twin.objects.find(f"{LEDGER}/markers/c")
    twin.objects.rm(marker)
    assert [] == findings(twin)
    Ledger(twin.objects, LEDGER, "c").append(1, RECORD)
    assert marker in twin.objects.find(f"{LEDGER}/markers/c")
    assert 2 == len(twin.objects.find(f"{LEDGER}/markers/c"))


def test_who_may_not_write_is_told_so() -> None:
    world = World()
    world.clock.denied = f"objects.create {LEDGER[5:]}"
    with pytest.raises(Denied):
        Ledger(world.objects, LEDGER, "c").append(0, RECORD)
    with pytest.raises(Unwritten):
        Harness(steps, world=world).promotion_log().begun()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"NaN", b'{"what": NaN}', b"\xff\xfe", b"[" * 100_000, b"{}"])
def test_a_record_that_is_none_stops_everything(twin: Twin, content: bytes) -> None:
    twin.objects.pipe_file(f"{LEDGER}/promotions/c/000000.json", content)
    with pytest.raises(GroundworkError, match="ledger-broken"):
        Ledger(twin.objects, LEDGER, "c").read()
    assert ["record 0 was changed: it is not as a record is written."] == findings(twin)


def test_an_untouched_ledger_has_no_findings(twin: Twin, records: Path) -> None:
    assert len(list(records.iterdir())) > 25
    assert [] == findings(twin)


def test_a_changed_byte_is_found_in_every_record(twin: Twin, records: Path) -> None:
    for number, record in enumerate(sorted(records.iterdir())):
        content = record.read_bytes()
        for changed in (content.replace(b"build-", b"built-"), content[:-2] + b" " + content[-2:], content[:-1]):
            record.write_bytes(changed)
            assert [f"record {number} was changed: it is not what its commit marker says."] == findings(twin)[:1]
            with pytest.raises(GroundworkError, match="ledger-broken"):
                Ledger(twin.objects, LEDGER, CANDIDATE).read()
        record.write_bytes(content)
    assert [] == findings(twin)


def test_every_removed_record_is_found(twin: Twin, records: Path) -> None:
    """The first and the last too."""
    for number, record in enumerate(sorted(records.iterdir())):
        content = record.read_bytes()
        record.unlink()
        assert [f"record {number} was removed."] == findings(twin)
        with pytest.raises(GroundworkError, match="ledger-broken"):
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
    ledger.append(count, {**ledger.read()[-1], "what": "done", "key": "review"})
    (finding,) = audit.verify(twin.objects, LEDGER)
    assert f"{CANDIDATE}: record {count} was inserted: the promotion was over." == str(finding)


def test_a_record_by_somebody_who_had_no_claim_is_found(twin: Twin) -> None:
    ledger = Ledger(twin.objects, LEDGER, "c")
    ledger.append(0, RECORD)
    ledger.append(1, {**RECORD, "what": "done", "by": "mallory"})
    ledger.append(2, {**RECORD, "what": "done", "at": "2026-11-30T11:00:00.000+00:00"})
    assert [
        "record 1 was inserted: `mallory` had not claimed the promotion.",
        "record 2 was inserted: it is older than the one before.",
    ] == findings(twin)


def test_other_objects_are_found(twin: Twin, records: Path) -> None:
    (records / "000001.json.bak").write_bytes(b"{}")
    twin.objects.pipe_file(f"{LEDGER}/markers/{CANDIDATE}/000001", b"")
    assert [
        "`000001.json.bak` was inserted: no record is called that.",
        "`000001` was inserted: no commit marker is called that.",
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
    first.begun(author="ada@northwind.example")
    first.rest("review", "a person")
    second = promotion_log("b2", noon - timedelta(minutes=5))
    second.end("rejected", "no")
    assert [] == findings(twin)
    assert {"2026-11-30T12:00:00.000+00:00"} == {record["at"] for record in second.records}, "never before the last"


@pytest.mark.parametrize(
    ("at", "found"), [("2026-11-30T11:59:30+00:00", []), ("2026-11-30T11:58:30+00:00", ["older"]), ("noon", ["no time"])]
)
def test_what_is_older_than_clocks_differ_or_has_no_time_was_inserted(twin: Twin, at: str, found: list[str]) -> None:
    ledger = Ledger(twin.objects, LEDGER, "c")
    ledger.append(0, RECORD)
    ledger.append(1, {**RECORD, "what": "done", "at": at})
    assert [True] * len(found) == [why in text for why, text in zip(found, findings(twin), strict=True)]
