"""One runner's view of a promotion's ledger: it derives the permitted actions and the effects to roll back from the records."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any, TypeVar

import tenacity

from groundwork.contract.candidate import Candidate
from groundwork.contract.ledger_records import (
    ENDINGS,
    Applied,
    Claimed,
    Completed,
    Ended,
    Json,
    Notified,
    OutcomeDecided,
    Planned,
    R,
    Record,
    Reverted,
    RevertFailed,
    Started,
    Waiting,
    candidate_of,
    holder,
    latest,
    parsed,
    written,
)
from groundwork.errors import GroundworkError
from groundwork.factory.protocols import REASON, Busy, Effect, Fault, Ledger, NotNow, Unwritten
from groundwork.ports.errors import PortError, Unavailable

_TEXT = 2_000
_ATTEMPTS = 4

# decision 22: a crash is a claim without another record after it
CRASHES = 3
"""After so many crashes of runners at one action, the action is not tried again."""

T = TypeVar("T")


class PromotionLog:
    """A promotion's ledger, written by one runner."""

    def __init__(  # noqa: PLR0913  the ledger and its writer, and the two clocks that a test replaces
        self,
        ledger: Ledger,
        effects: Mapping[str, Effect],
        runner: str,
        is_alive: Callable[[str], bool],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._ledger = ledger
        self._effects = effects
        self._runner = runner
        self._is_alive = is_alive
        self._now = now
        self._sleep = sleep
        self._claimed = False
        self._records = ledger.read()

    @property
    def records(self) -> Sequence[Record]:
        """Every record, oldest first."""
        return tuple(self._records)

    @property
    def candidate(self) -> Candidate | None:
        """The candidate of a promotion that has started."""
        return candidate_of(self._records)

    @property
    def ending(self) -> tuple[str, str] | None:
        """The outcome and its reason, once that is decided: the first decision counts."""
        decided = (record for record in self._records if isinstance(record, OutcomeDecided))
        return next(((record.key, record.reason) for record in decided), None)

    @property
    def ended(self) -> bool:
        """Whether everything is rolled back that the outcome rolls back: no record is written after that."""
        return bool(self.all(Ended))

    @property
    def crashes(self) -> int:
        """The number of runners in a row that claimed the promotion and ended before they wrote anything else."""
        claims = sum(1 for _ in takewhile(lambda record: isinstance(record, Claimed), reversed(self._records)))
        return max(0, claims - self._claimed)

    @property
    def faults(self) -> int:
        """The number of times in a row that the platform failed at the next step."""
        idle = takewhile(lambda record: isinstance(record, Claimed | Waiting), reversed(self._records))
        return sum(1 for record in idle if isinstance(record, Waiting) and record.fault)

    @property
    def waits_for(self) -> Waiting | None:
        """The last record, where the last runner released the promotion."""
        return self._records[-1] if self._records and isinstance(self._records[-1], Waiting) else None

    def all(self, model: type[R]) -> dict[str, R]:
        """Return the records of one type by key, the latest of each."""
        return latest(self._records, model)

    def output(self, step: str) -> Json:
        """Return the results of a completed step."""
        return self.all(Completed)[step].output

    def start(self, candidate: Candidate) -> None:
        """Write the first record, once."""
        if not self._records:
            self._append(Started, candidate.id, candidate=candidate)
            self._claimed = True

    def claim(self) -> None:
        """Take the promotion over before the first change; raises Busy while its holder is alive, and Taken when outrun."""
        if self._claimed:
            return
        if self.ended:
            raise GroundworkError(
                "promotion-ended", f"the promotion of `{self._ledger.candidate}` has ended", "push a new commit to start another"
            )
        runner = holder(self._records)
        if runner not in {None, self._runner} and self._is_alive(str(runner)):
            raise Busy(str(runner))
        self._append(Claimed, self._runner)
        self._claimed = True

    def attempt(self) -> None:
        """Claim the promotion before an attempt, unless its last runner released it: so that crashes are counted."""
        if not self.ended and holder(self._records):
            self.claim()

    def write(self, model: type[R], key: str, /, **data: Any) -> None:
        """Add a record; raises Taken, Busy and Unwritten."""
        self.claim()
        self._append(model, key, **data)
        self._claimed = not self.ended

    def rest(self, key: str, reason: str) -> None:
        """Release the promotion, if this runner holds it, until another runner claims it."""
        if self._claimed:
            self._append(Waiting, key, reason=_short(reason))
            self._claimed = False

    def note_wait(self, key: str, reason: str) -> None:
        """Release the promotion and record the reason, unless the last record has the same reason."""
        if self.waits_for is None or self.waits_for.reason != _short(reason):
            self.claim()
        self.rest(key, reason)

    def note_fault(self, key: str, reason: str) -> None:
        """Release the promotion and record that the platform failed, each time: such attempts are counted."""
        self.write(Waiting, key, reason=_short(reason), fault=True)
        self._claimed = False

    def end(self, ending: str, reason: str) -> None:
        """Decide the outcome, unless it is decided; effects are still to be rolled back."""
        if ending not in ENDINGS:
            raise ValueError(f"{ending!r} is none of {', '.join(ENDINGS)}")
        if self.ending is None:
            self.write(OutcomeDecided, ending, reason=_short(reason))

    def end_early(self, ending: str, reason: str) -> bool:
        """Decide the outcome outside of the steps (`superseded`, `expired`, `cancelled`); return whether this call decided it.

        The next `advance` rolls the effects back. Raises Busy while the runner that holds the promotion is alive.
        """
        if self.ending is not None:
            return False
        if ending == "promoted":
            raise ValueError("only its steps promote a candidate")
        self.end(ending, reason)
        return True

    def once(self, key: str, action: Callable[[], Any]) -> None:
        """Run an action that cannot be rolled back (notify people) once; a runner that is killed in between may repeat it."""
        if key not in self.all(Notified):
            self.claim()
            action()
            self.write(Notified, key)

    def make(self, kind: str, key: str, /, *, temporary: bool = False, **arguments: Any) -> Json:
        """Apply an effect once, however often this is called; return the result of `apply`.

        A temporary effect is rolled back after every outcome, others after all but `promoted`. Raises the errors of the effect.
        """
        if isinstance(self._state(key), Reverted | None):
            intent = self._try(lambda: self._effects[kind].plan(**arguments))
            self.write(Planned, key, effect=kind, temporary=temporary, intent=intent)
        if isinstance(self._state(key), Planned):
            self.claim()
            intent = self.all(Planned)[key].intent
            try:
                result = self._try(lambda: self._effects[kind].apply(intent))
            except NotNow:
                self.write(Reverted, key)  # nothing was applied: it is planned anew later, and waiting writes nothing
                raise
            self.write(Applied, key, result=result)
        return self.all(Applied)[key].result

    def roll_back(self, key: str) -> str:
        """Revert an effect and verify it; return its leftovers and their manual removal, or ""."""
        self.claim()
        planned, gives_up = self.all(Planned)[key], self.crashes >= CRASHES
        leftovers = _short(_crashed(planned) if gives_up else self._revert(planned))
        last = self._state(key)
        if not leftovers:
            self.write(Reverted, key)
        elif (
            gives_up or not isinstance(last, RevertFailed) or last.leftovers != leftovers
        ):  # so that the next effect gets its turn
            self.write(RevertFailed, key, leftovers=leftovers)
        return leftovers

    def rolled_back(self, key: str) -> bool:
        """Return whether an effect was applied and reverted."""
        return isinstance(self._state(key), Reverted)

    def to_roll_back(self) -> list[str]:
        """Return the keys of the effects to roll back, newest first."""
        keep = self.ending is None or self.ending[0] == "promoted"
        planned = sorted(self.all(Planned).values(), key=lambda record: -record.sequence)
        return [record.key for record in planned if not self.rolled_back(record.key) and (record.temporary or not keep)]

    def _revert(self, planned: Planned) -> str:
        effect = self._effects.get(planned.effect)
        by_hand = f"roll back by hand: {json.dumps(planned.intent)}"
        if effect is None:
            return f"this release has no effect `{planned.effect}`; {by_hand}"
        problem = ""
        reason = f"{self.ending[0]}: {self.ending[1]}" if self.ending else ""
        try:
            self._try(lambda: effect.revert({**planned.intent, REASON: reason}))
        except Exception as error:  # noqa: BLE001  a person has to see every error, and the other effects are still reverted
            problem = error_text(error)
        try:
            leftovers = self._try(lambda: effect.leftovers(planned.intent))
        except Exception as error:  # noqa: BLE001  as above
            leftovers = f"{planned.effect} `{planned.key}` may exist: {error_text(error)}; {by_hand}"
        return "; ".join(part for part in (leftovers, problem) if part)

    def _state(self, key: str) -> Record | None:
        """Return the latest record of an effect; None for one that was never planned."""
        of_effects = (each for each in reversed(self._records) if isinstance(each, Planned | Applied | Reverted | RevertFailed))
        return next((record for record in of_effects if record.key == key), None)

    def _append(self, model: type[R], key: str, **data: Any) -> None:
        record = parsed(  # as every later runner reads it
            written(model(key=key, at=self._at(), by=self._runner, sequence=len(self._records), **data))
        )
        try:
            self._records.append(self._ledger.append(record))
        except PortError as error:
            raise Unwritten(error) from error

    def _at(self) -> str:
        """Return the time, never before that of the last record: clocks of two machines differ."""
        now = self._now().astimezone(UTC).isoformat(timespec="milliseconds")
        return max(now, self._records[-1].at) if self._records else now

    def _try(self, action: Callable[[], T]) -> T:
        """Repeat a call a few times while something is unavailable; no other code of the factory does."""
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(
                lambda error: isinstance(error, Unavailable) and not isinstance(error, NotNow | Fault)
            ),
            stop=tenacity.stop_after_attempt(_ATTEMPTS),
            wait=tenacity.wait_exponential(multiplier=0.5, max=4),
            sleep=self._sleep,
            reraise=True,
        )
        return retrying(action)


def _crashed(planned: Planned) -> str:
    return (
        f"{planned.effect} `{planned.key}` may exist: the runners that tried to revert it crashed, {CRASHES} times; "
        f"roll back by hand: {json.dumps(planned.intent)}"
    )


def error_text(error: BaseException) -> str:
    """Return an error as a record keeps it."""
    match error:
        case GroundworkError():
            return _short(f"{error.message} ({error.hint})")
        case _:
            return _short(f"{type(error).__name__}: {error}")


def _short(text: str) -> str:
    return text if len(text) <= _TEXT else f"{text[:_TEXT]}…"
