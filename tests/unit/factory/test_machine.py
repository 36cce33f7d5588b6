"""What a promotion may do, in whose hands, and how it ends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from groundwork.contract.ledger_records import Completed, Record, Reverted, Started, Waiting
from groundwork.errors import GroundworkError
from groundwork.factory.ledger import Ledger
from groundwork.factory.machine import (
    Busy,
    Done,
    Effect,
    Json,
    NotNow,
    Outcome,
    PromotionLog,
    Rejected,
    Step,
    Taken,
    Unwritten,
    Wait,
    advance,
)
from groundwork.ports.errors import Absent, Denied, Unavailable
from tests.unit.factory.conftest import Twin
from tests.unit.factory.world import CANDIDATE, LEDGER, candidate

COMMIT = candidate(CANDIDATE)


class Memory:
    """A ledger."""

    candidate = CANDIDATE

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.says: Exception | None = None

    def read(self) -> list[Record]:
        return list(self.records)

    def append(self, record: Record) -> Record:
        if self.says:
            raise self.says
        if record.sequence != len(self.records):
            raise Taken(self.candidate, record.sequence)
        self.records.append(record)
        return record

    @property
    def types(self) -> list[str]:
        return [record.type for record in self.records]


class Thing:
    """Something that is there or not; `says` are the errors that its next calls raise."""

    def __init__(self) -> None:
        self.there: list[str] = []
        self.says: list[Exception] = []
        self.heard: list[str] = []

    def plan(self, name: str) -> Json:
        return {"name": name}

    def apply(self, intent: Json) -> Json:
        self._say()
        self.there.append(intent["name"])
        return {"number": len(self.there)}

    def revert(self, intent: Json) -> None:
        self._say()
        self.heard.append(intent["reason"])
        self.there = [name for name in self.there if name != intent["name"]]

    def leftovers(self, intent: Json) -> str:
        return f"`rm {intent['name']}`" if intent["name"] in self.there else ""

    def _say(self) -> None:
        if self.says:
            raise self.says.pop(0)


def promotion_log(
    ledger: Any, thing: Effect | None = None, runner: str = "b1", is_alive: Callable[[str], bool] = lambda _: False
) -> PromotionLog:
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    return PromotionLog(ledger, {"thing": thing} if thing else {}, runner, is_alive, now=lambda: noon, sleep=lambda _: None)


def makes(key: str, *, temporary: bool = False) -> Step:
    return Step(f"make {key}", lambda promotion_log: Done(promotion_log.make("thing", key, temporary=temporary, name=key)))


def says(outcome: Done | Wait | Rejected) -> Step:
    return Step("review", lambda _: outcome)


def breaks(error: BaseException) -> Step:
    def run(_: PromotionLog) -> Done:
        raise error

    return Step("breaks", run)


def test_records_say_what_when_and_by_whom() -> None:
    ledger = Memory()
    first = promotion_log(ledger)
    first.start(COMMIT)
    first.start(COMMIT)
    at = "2026-11-23T12:00:00.000+00:00"
    assert [Started(key=ledger.candidate, candidate=COMMIT, at=at, by="b1", sequence=0)] == ledger.records


@pytest.mark.parametrize("fields", [{"by": "somebody else"}, {"sequence": 7}, {"outputs": {}}, {"output": None}, {}])
def test_a_record_takes_the_fields_of_its_type_and_no_others(fields: dict[str, Any]) -> None:
    ledger = Memory()
    with pytest.raises((TypeError, ValueError)):
        promotion_log(ledger).write(Completed, "execute", **fields)
    assert ["claimed"] == ledger.types


def test_steps_see_what_a_later_process_will_see() -> None:
    """A tuple comes back as a list: found out at once, not after a kill."""
    first = promotion_log(Memory())
    first.write(Completed, "execute", output={"pair": (1, 2)})
    assert {"pair": [1, 2]} == first.output("execute")


def test_what_is_waited_for_is_written_down_once() -> None:
    ledger = Memory()
    steps = [says(Wait("the pull request is open"))]
    for _ in range(3):
        assert Outcome(ending="waiting", reason="the pull request is open") == advance(promotion_log(ledger), steps)
    assert ["claimed", "waiting"] == ledger.types
    last = ledger.records[-1]
    assert isinstance(last, Waiting)
    assert "the pull request is open" == last.reason


def test_who_waits_lets_others_have_it() -> None:
    """A reconciliation that moves many promotions lives on after it has let one go."""
    ledger = Memory()
    advance(promotion_log(ledger, Thing()), [makes("a"), says(Wait("for a person"))])
    assert "waiting" == ledger.types[-1]
    later = promotion_log(ledger, Thing(), "b2", is_alive=lambda _: True)
    assert "promoted" == advance(later, [makes("a"), says(Done({}))]).ending


def test_a_runner_that_lives_is_not_overtaken() -> None:
    ledger = Memory()
    promotion_log(ledger).start(COMMIT)
    with pytest.raises(Busy) as busy:
        advance(promotion_log(ledger, Thing(), "b2", is_alive=lambda runner: runner == "b1"), [makes("a")])
    assert str(busy.value) == (
        "build `b1` advances this promotion (promotion-busy)\nhint: wait until it ends, or cancel it, and try again"
    )
    assert ["started"] == ledger.types


def test_a_runner_that_is_over_is_followed() -> None:
    ledger = Memory()
    promotion_log(ledger).start(COMMIT)
    assert "promoted" == advance(promotion_log(ledger, Thing(), "b2"), [makes("a")]).ending


def test_a_runner_that_was_overtaken_may_write_nothing_more() -> None:
    ledger = Memory()
    stale, fresh = promotion_log(ledger), promotion_log(ledger, runner="b2")
    fresh.write(Completed, "execute", output={})
    with pytest.raises(Taken) as taken:
        stale.write(Completed, "execute", output={})
    assert str(taken.value) == (
        "another runner advances `forecasting-0123456789ab`: it wrote record 0 first (promotion-taken)\n"
        "hint: wait for the other runner; run `groundwork history forecasting-0123456789ab` to follow it"
    )


def test_a_step_that_loses_the_promotion_does_not_end_it() -> None:
    ledger = Memory()
    for error in (Taken("c", 1), Busy("b2")):
        with pytest.raises(type(error)):
            advance(promotion_log(ledger), [breaks(error)])
    assert [] == ledger.records


def test_a_finished_promotion_never_moves() -> None:
    ledger = Memory()
    advance(promotion_log(ledger, Thing()), [makes("a")])
    count = len(ledger.records)
    again = promotion_log(ledger, Thing(), "b2")
    assert "promoted" == advance(again, [makes("a"), makes("b")]).ending
    assert not again.end_early("cancelled", "too late")
    again.start(COMMIT)
    for write in (again.claim, lambda: again.write(Completed, "x", output={}), lambda: again.once("x", lambda: None)):
        with pytest.raises(GroundworkError, match="promotion-ended"):
            write()
    assert count == len(ledger.records)


def test_the_first_ending_decides() -> None:
    ledger = Memory()
    first = promotion_log(ledger)
    assert first.end_early("superseded", "by a later push")
    assert not first.end_early("cancelled", "by a person")
    assert Outcome(ending="superseded", reason="by a later push") == advance(first, [])


@pytest.mark.parametrize("ending", ["promoted", "finished"])
def test_nothing_is_promoted_or_invented_from_outside(ending: str) -> None:
    with pytest.raises(ValueError, match=r"promote|none of"):
        promotion_log(Memory()).end_early(ending, "reason")


def test_without_steps_nothing_is_promoted() -> None:
    with pytest.raises(ValueError, match="without steps"):
        advance(promotion_log(Memory()), [])


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ValueError("no such column"), "breaks: ValueError: no such column"),
        (Absent("there is no x", "look"), "breaks: there is no x (look)"),
    ],
)
def test_a_step_that_breaks_fails_the_promotion(error: Exception, reason: str) -> None:
    thing = Thing()
    assert Outcome(ending="failed", reason=reason) == advance(promotion_log(Memory(), thing), [makes("a"), breaks(error)])
    assert [] == thing.there


def test_what_was_unavailable_to_a_step_ends_nothing() -> None:
    """A review decision of three days is not thrown away because a Git provider was down for a minute."""
    ledger = Memory()
    outcome = advance(promotion_log(ledger), [breaks(Unavailable("the Git provider timed out", "later"))])
    assert Outcome(ending="waiting", reason="the Git provider timed out (later)") == outcome
    assert [] == ledger.records


def test_a_kill_is_not_an_error() -> None:
    ledger = Memory()
    with pytest.raises(KeyboardInterrupt):
        advance(promotion_log(ledger), [breaks(KeyboardInterrupt())])
    assert [] == ledger.records


def test_what_cannot_be_written_is_not_done() -> None:
    ledger, thing = Memory(), Thing()
    ledger.says = Denied("the ledger is closed", "open it")
    with pytest.raises(Unwritten, match="the ledger is closed"):
        advance(promotion_log(ledger, thing), [makes("a")])
    assert [] == thing.there


def test_only_what_is_unavailable_is_tried_again() -> None:
    thing = Thing()
    thing.says = [Unavailable("busy", "later")] * 3
    assert "promoted" == advance(promotion_log(Memory(), thing), [makes("a")]).ending
    assert ["a"] == thing.there

    thing = Thing()
    thing.says = [Denied("no", "ask")]
    assert "failed" == advance(promotion_log(Memory(), thing), [makes("a")]).ending


def test_what_stays_unavailable_waits_for_the_next_runner() -> None:
    thing, ledger = Thing(), Memory()
    thing.says = [Unavailable("busy", "later")] * 4
    assert "waiting" == advance(promotion_log(ledger, thing), [makes("a")]).ending
    assert "promoted" == advance(promotion_log(ledger, thing, "b2"), [makes("a")]).ending
    assert ["a"] == thing.there


def test_what_others_hold_is_asked_for_once_and_planned_anew() -> None:
    """However long a candidate queues for an identity, its ledger does not grow."""
    thing, ledger = Thing(), Memory()
    thing.says = [NotNow("all leased", "wait")]
    first = promotion_log(ledger, thing)
    with pytest.raises(NotNow):
        first.make("thing", "a", name="a")
    assert ["claimed", "planned", "reverted"] == ledger.types
    assert {"number": 1} == first.make("thing", "a", name="a")


def test_it_is_rolled_back_newest_first_and_told_why() -> None:
    thing = Thing()
    advance(promotion_log(ledger := Memory(), thing), [makes("a"), makes("b"), makes("c"), says(Rejected("worse"))])
    assert ["c", "b", "a"] == [record.key for record in ledger.records if isinstance(record, Reverted)]
    assert ["rejected: worse"] * 3 == thing.heard


def test_what_is_temporary_goes_also_with_a_promotion() -> None:
    thing = Thing()
    advance(promotion_log(Memory(), thing), [makes("a"), makes("b", temporary=True)])
    assert ["a"] == thing.there


def test_what_cannot_be_rolled_back_is_named_and_tried_again() -> None:
    thing, ledger = Thing(), Memory()
    steps: Sequence[Step] = [makes("a"), makes("b"), says(Rejected("worse"))]
    advance(promotion_log(ledger, thing), [*steps[:2], says(Wait("a person"))])
    thing.says = [Denied("no", "ask")]
    leftovers = ("`rm b`; no (ask)",)
    assert Outcome(ending="rejected", reason="worse", leftovers=leftovers) == advance(promotion_log(ledger, thing), steps)
    assert ["b"] == thing.there

    thing.says = [Denied("no", "ask")]
    assert leftovers == advance(promotion_log(ledger, thing), steps).leftovers
    assert 1 == ledger.types.count("revert_failed"), "what is known already is not written again"

    assert () == advance(promotion_log(ledger, thing), steps).leftovers
    assert ([], "ended") == (thing.there, ledger.types[-1])


def test_an_effect_that_this_release_does_not_know_is_left_to_a_person() -> None:
    ledger = Memory()
    advance(promotion_log(ledger, Thing()), [makes("a"), says(Wait("a person"))])
    later = promotion_log(ledger)
    later.end_early("cancelled", "by a person")
    assert ('this release has no effect `thing`; roll back by hand: {"name": "a"}',) == advance(later, []).leftovers


def test_people_are_told_once() -> None:
    ledger, sent = Memory(), list[str]()
    for runner in ("b1", "b2"):
        promotion_log(ledger, runner=runner).once("asked", lambda: sent.append("asked"))
    assert ["asked"] == sent


def test_the_last_word_comes_before_the_end_and_after_everything_else() -> None:
    ledger, thing = Memory(), Thing()
    now = promotion_log(ledger, thing)
    said: list[tuple[str, str, Sequence[str]]] = []

    def last_word(ending: str, reason: str) -> None:
        now.once("outcome", lambda: said.append((ending, reason, list(thing.there))))

    advance(now, [makes("a"), says(Rejected("worse"))], before_end=last_word)
    assert [("rejected", "worse", [])] == said
    assert ["notified", "ended"] == ledger.types[-2:]


def test_an_error_without_end_is_cut() -> None:
    outcome = advance(promotion_log(Memory()), [breaks(ValueError("x" * 1_000_000))])
    assert len(outcome.reason) < 3_000


@pytest.mark.parametrize("attempt", range(5))
def test_of_two_at_once_one_moves_it_and_the_other_says_so(twin: Twin, attempt: int) -> None:
    both_have_read = threading.Barrier(2)
    ended: dict[str, Outcome | GroundworkError] = {}
    thing = Thing()

    def run(runner: str) -> None:
        mine = promotion_log(Ledger(twin.objects, LEDGER, f"c-{attempt}"), thing, runner, is_alive=lambda _: True)
        both_have_read.wait()
        try:
            ended[runner] = advance(mine, [makes("a"), makes("b")])
        except GroundworkError as error:
            ended[runner] = error

    threads = [threading.Thread(target=run, args=(runner,)) for runner in ("b1", "b2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcomes: Mapping[bool, list[Any]] = {
        won: [each for each in ended.values() if isinstance(each, Outcome) == won] for won in (True, False)
    }
    assert [Outcome(ending="promoted", reason="every step is done")] == outcomes[True]
    assert [Taken] == [type(each) for each in outcomes[False]]
    assert ["a", "b"] == thing.there
