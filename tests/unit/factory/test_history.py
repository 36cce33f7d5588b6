"""Looking, reconciliation and verifying read what is under way, however long the history: counted, not timed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from benchmarks.history import ledger, name
from groundwork.contract.ledger_records import candidate_of
from groundwork.factory import audit
from groundwork.factory.audit import checkpoint, verified
from groundwork.factory.checkpoints import MOST, Checkpoints
from groundwork.factory.in_progress import Mark, Marks, way
from groundwork.factory.ledger import Ledger, candidates
from groundwork.factory.reconcile import Reconciliation
from groundwork.factory.status import promotion_statuses
from tests.unit.factory.history import Counted
from tests.unit.factory.promoted import in_development, in_memory
from tests.unit.factory.world import LEDGER, RECORDS

FEW, ENDED = 50, 500
WAITING = f"forecasting-{'f' * 12}"
LENGTH = 8


@pytest.fixture(autouse=True)
def _in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    in_memory(monkeypatch)


def grown(count: int, *, length: int = LENGTH, held: bool = True) -> Counted:
    """Return a ledger of so many that have ended, held by checkpoints, and one under way."""
    objects = Counted()
    for number in range(count):
        objects.put(LEDGER, ledger(name(number), length))
    while held and Checkpoints(objects, LEDGER).due():
        checkpoint(objects, LEDGER, "a-build")
    objects.put(LEDGER, ledger(WAITING, length, ended=False))
    waiting = candidate_of(Ledger(objects, LEDGER, WAITING).read())
    assert waiting
    Marks(objects, RECORDS, "forecasting").add(waiting, "a-build")
    objects.read.clear()
    return objects


def status(objects: Counted) -> None:
    marked = [mark.candidate for mark in Marks(objects, RECORDS, "forecasting").all()]
    assert [WAITING] == [each.id for each in promotion_statuses(objects, LEDGER, marked)]


def reconcile(objects: Counted) -> None:
    """Reconciliation as the factory does, with all it looks up; a branch whose commit was evaluated long ago is there too."""
    story = in_development(approved=None)
    story.world.objects = story.world.ledger = objects  # as far as a reconciliation goes
    story.world.git_provider.heads.update({"feature/old": name(1)[-12:] + "0" * 28, "feature/y": "f" * 12 + "0" * 28})
    moved: list[tuple[str, ...]] = []

    def child_process(*words: str) -> int:
        moved.append(words)
        Ledger(objects, LEDGER, words[1]).read()  # what its process does first
        return 0

    assert [] == Reconciliation(replace(story.factory(), child_process=child_process)).run()
    assert moved == [("advance", WAITING)], "nothing else is moved, and nothing is due"


def verify(objects: Counted) -> None:
    found = verified(objects, LEDGER)
    assert ([], 1 + audit.SAMPLE) == (list(found.findings), found.read)


@pytest.mark.parametrize("look", [status, reconcile, verify])
@pytest.mark.parametrize("many", [ENDED, pytest.param(5_000, marks=pytest.mark.deep)])
def test_what_is_read_does_not_grow_with_what_has_ended(look: Callable[[Counted], None], many: int) -> None:
    few, lot = grown(FEW), grown(many)
    look(few)
    look(lot)
    assert 0 < lot.reads <= 2 * few.reads, (few.read, lot.read)
    if look is not verify:
        assert lot.reads == few.reads


def test_a_reconciliation_reads_each_ledger_that_is_under_way_once() -> None:
    objects = grown(FEW)
    status(objects)
    assert LENGTH == objects.read["objects"]


def test_everything_is_read_when_it_is_asked_for() -> None:
    objects = grown(FEW)
    assert (FEW + 1, 0) == ((found := verified(objects, LEDGER, everything=True)).read, found.held)
    assert objects.read["objects"] >= (FEW + 1) * LENGTH


def test_a_checkpoint_holds_so_many_and_the_next_ones_the_rest() -> None:
    objects = grown(2 * MOST + 1, held=False)
    sizes = []
    while Checkpoints(objects, LEDGER).due():
        before = len(Checkpoints(objects, LEDGER).all())
        checkpoint(objects, LEDGER, "a-build")
        sizes.append(len(Checkpoints(objects, LEDGER).all()) - before)
    assert [MOST, MOST, 1] == sizes


def test_a_checkpoint_is_due_daily() -> None:
    objects = grown(1)
    assert not Checkpoints(objects, LEDGER).due()
    path = "checkpoints/promotions/ended/000000.json"
    old = {**json.loads(objects.cat_file(f"{LEDGER}/{path}")), "at": datetime(2026, 11, 1, tzinfo=UTC).isoformat()}
    objects.put(LEDGER, [(path, json.dumps(old).encode())])
    assert Checkpoints(objects, LEDGER).due()


def test_a_checkpoint_holds_nothing_that_is_not_whole_or_not_over() -> None:
    objects = grown(3, held=False)
    objects.put(LEDGER, [(f"promotions/{name(1)}/000003.json", b"{}")])
    checkpoint(objects, LEDGER, "a-build")
    assert {name(0), name(2)} == set(Checkpoints(objects, LEDGER).all())
    assert {name(1)} == {finding.candidate for finding in verified(objects, LEDGER, sample=0).findings}


def test_a_promotion_that_was_removed_with_all_its_commit_markers_is_missed() -> None:
    objects = grown(FEW)
    objects.remove(LEDGER, name(7))
    assert [f"{name(7)}: all of it was removed."] == [str(finding) for finding in verified(objects, LEDGER).findings]


def test_a_ledger_that_was_written_anew_is_found_by_its_checkpoint_alone() -> None:
    """Every record, every commit marker: without the checkpoint it would be whole in itself."""
    objects = grown(FEW)
    objects.remove(LEDGER, name(7))
    objects.put(LEDGER, ledger(name(7), LENGTH - 1))
    (finding,) = verified(objects, LEDGER, everything=True).findings
    assert (name(7), True) == (finding.candidate, "differs from its checkpoint" in finding.text)


def test_a_checkpoint_that_was_changed_is_found_and_holds_nothing() -> None:
    objects = grown(FEW)
    path = "checkpoints/promotions/ended/000000.json"
    objects.put(LEDGER, [(path, objects.cat_file(f"{LEDGER}/{path}").replace(b'"ended":{"', b'"ended":{"x', 1))])
    found = verified(objects, LEDGER)
    assert ["checkpoints"] == [finding.candidate for finding in found.findings]
    assert FEW + 1 == found.read


def test_a_mark_that_was_removed_is_put_back_with_the_next_checkpoint() -> None:
    objects = grown(1, held=False)
    marks = Marks(objects, RECORDS, "forecasting")
    marks.close(WAITING)
    story = in_development(approved=None)
    story.world.objects = story.world.ledger = objects  # as far as a reconciliation goes
    story.world.git_provider.heads["feature/y"] = "f" * 12 + "0" * 28
    assert 0 == story.factory().child_process("checkpoint")
    assert [WAITING] == [mark.candidate for mark in marks.all()]


def test_marks_are_told_from_other_objects() -> None:
    objects = grown(0, held=False)
    objects.put(RECORDS, [("open/forecasting/note.txt", b""), ("open/forecasting/x", b"")])
    (mark,) = Marks(objects, RECORDS, "forecasting").all()
    waiting = candidate_of(Ledger(objects, LEDGER, WAITING).read())
    assert waiting
    assert mark == Mark(WAITING, way(waiting), "a-build")


def test_what_the_generator_writes_is_what_the_factory_would() -> None:
    objects = grown(2, held=False)
    assert [] == audit.verify(objects, LEDGER)
    records = Ledger(objects, LEDGER, name(0)).read()
    assert (LENGTH, "ended") == (len(records), records[-1].type)
    assert hashlib.sha256(objects.cat_file(f"{LEDGER}/promotions/{name(0)}/000000.json")).hexdigest() == records[1].previous
    assert sorted([name(0), name(1), WAITING]) == candidates(objects, LEDGER)
