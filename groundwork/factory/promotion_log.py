"""A promotion's records in the hands of one runner: what it may still do, and what it has to roll back, follow from them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any, TypeVar

import tenacity

from groundwork.errors import GroundworkError
from groundwork.factory.protocols import REASON, Busy, Effect, Fault, Json, Ledger, NotNow, Unwritten
from groundwork.ports.errors import PortError, Unavailable

ENDINGS = ("promoted", "rejected", "failed", "superseded", "expired", "cancelled")
_EFFECT = frozenset({"intent", "made", "stuck", "reverted"})
_HOLD = frozenset({"begun", "claim", "waits"})
_RESERVED = frozenset({"what", "key", "at", "by", "sequence", "previous"})
_TEXT = 2_000
_ATTEMPTS = 4

# decision 22: a death is a claim without another record after it
DEATHS = 3
"""So many runners may end at the same place: what they tried there is not tried again."""

T = TypeVar("T")


class PromotionLog:
    """A ledger in the hands of one runner. `lives` tells of another runner whether it may still be at work."""

    def __init__(  # noqa: PLR0913  what it writes to and as whom, and the two clocks that a test decides on
        self,
        ledger: Ledger,
        effects: Mapping[str, Effect],
        runner: str,
        lives: Callable[[str], bool],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._ledger = ledger
        self._effects = effects
        self._runner = runner
        self._lives = lives
        self._now = now
        self._sleep = sleep
        self._claimed = False
        self._records = ledger.read()

    @property
    def records(self) -> Sequence[Json]:
        """Everything that is known, oldest first."""
        return tuple(self._records)

    @property
    def ending(self) -> tuple[str, str] | None:
        """How it ended, and why: the first that was written counts."""
        return next(((each["key"], each["why"]) for each in self._records if each["what"] == "ending"), None)

    @property
    def ended(self) -> bool:
        """Whether all that was to be rolled back is rolled back: nothing is ever written behind that."""
        return bool(self.all("end"))

    @property
    def deaths(self) -> int:
        """How many runners in a row took the promotion over and ended before they had written anything further."""
        claims = sum(1 for _ in takewhile(lambda record: record["what"] == "claim", reversed(self._records)))
        return max(0, claims - self._claimed)

    @property
    def faults(self) -> int:
        """How often in a row the platform failed at what is to be done next."""
        idle = takewhile(lambda record: record["what"] in {"claim", "waits"}, reversed(self._records))
        return sum(1 for record in idle if record.get("fault"))

    def all(self, what: str) -> dict[str, Json]:
        """Return the records of one sort by key, the latest of each."""
        return {record["key"]: record for record in self._records if record["what"] == what}

    def output(self, step: str) -> Json:
        """Return what a step that is done found out."""
        output: Json = self.all("done")[step]["output"]
        return output

    def begun(self, **facts: Any) -> None:
        """Write the first record, once: whose promotion this is."""
        if not self._records:
            self._append("begun", self._ledger.candidate, facts)
            self._claimed = True

    def claim(self) -> None:
        """Take the promotion over, before the first change; raises Busy while whoever has it lives, and Taken when outrun."""
        if self._claimed:
            return
        if self.ended:
            raise GroundworkError(
                "promotion-ended", f"the promotion of `{self._ledger.candidate}` is over", "push a new commit to start another"
            )
        holder = next((str(record["by"]) for record in self._hold() if record["what"] != "waits"), self._runner)
        if holder != self._runner and self._lives(holder):
            raise Busy(holder)
        self._append("claim", self._runner, {})
        self._claimed = True

    def attempt(self) -> None:
        """Take it over before anything is tried, unless whoever had it came back from that and rests: so deaths are counted."""
        if not self.ended and any(record["what"] != "waits" for record in self._hold()):
            self.claim()

    def write(self, what: str, key: str, /, **data: Any) -> None:
        """Add a record; raises Taken, Busy and Unwritten."""
        self.claim()
        self._append(what, key, data)
        self._claimed = not self.ended

    def rest(self, key: str, why: str) -> None:
        """Let others have the promotion, if this runner has it: until somebody claims it, nobody is at work."""
        if self._claimed:
            self._append("waits", key, {"why": _short(why)})
            self._claimed = False

    def note_wait(self, key: str, why: str) -> None:
        """Rest, and write down what is waited for where that is news: waiting for the same thing again writes nothing."""
        if [(record["what"], record.get("why")) for record in self._hold()] != [("waits", _short(why))]:
            self.claim()
        self.rest(key, why)

    def note_fault(self, key: str, why: str) -> None:
        """Rest, and write down that the platform failed: each time, as such attempts are counted."""
        self.write("waits", key, why=_short(why), fault=True)
        self._claimed = False

    def end(self, ending: str, why: str) -> None:
        """Decide how it ends, unless that is decided; what was made is still to be rolled back."""
        if ending not in ENDINGS:
            raise ValueError(f"{ending!r} is none of {', '.join(ENDINGS)}")
        if self.ending is None:
            self.write("ending", ending, why=_short(why))

    def end_early(self, ending: str, why: str) -> bool:
        """End it from outside of its steps (`superseded`, `expired`, `cancelled`); return whether that decided it.

        The next `advance` rolls back what was made. Raises Busy while the runner that has it lives: cancel that one first.
        """
        if self.ending is not None:
            return False
        if ending == "promoted":
            raise ValueError("only its steps promote a candidate")
        self.end(ending, why)
        return True

    def once(self, key: str, action: Callable[[], Any]) -> None:
        """Do something that cannot be rolled back (tell somebody), once; killed in between it may be done again."""
        if key not in self.all("told"):
            self.claim()
            action()
            self.write("told", key)

    def make(self, kind: str, key: str, /, *, temporary: bool = False, **wanted: Any) -> Json:
        """Bring an effect about once, however often this is called; return what `apply` said.

        A temporary one goes on every ending, the others on all but `promoted`. Raises what the effect raises.
        """
        if self._state(key) in {"", "reverted"}:
            intent = self._try(lambda: self._effects[kind].plan(**wanted))
            self.write("intent", key, kind=kind, temporary=temporary, intent=intent)
        if self._state(key) == "intent":
            self.claim()
            intent = self.all("intent")[key]["intent"]
            try:
                result = self._try(lambda: self._effects[kind].apply(intent))
            except NotNow:
                self.write("reverted", key, left="")  # nothing was made: later it is planned anew, and waiting writes nothing
                raise
            self.write("made", key, result=result)
        made: Json = self.all("made")[key]["result"]
        return made

    def roll_back(self, key: str) -> str:
        """Revert an effect and look; return "" or what is left of it and how a person removes it."""
        self.claim()
        record, deadly = self.all("intent")[key], self.deaths >= DEATHS
        left = _short(_deadly(record) if deadly else self._revert(record))
        state = self._state(key)
        if not left:
            self.write("reverted", key, left="")
        elif deadly or state != "stuck" or self.all("stuck")[key]["left"] != left:  # what is behind a deadly one has its turn
            self.write("stuck", key, left=left)
        return left

    def rolled_back(self, key: str) -> bool:
        """Return whether an effect was made and is gone again."""
        return self._state(key) == "reverted"

    def left(self) -> list[str]:
        """Return the keys still to be rolled back, newest first."""
        keep = self.ending is None or self.ending[0] == "promoted"
        intents = sorted(self.all("intent").items(), key=lambda item: -self._records.index(item[1]))
        return [key for key, record in intents if self._state(key) != "reverted" and (record["temporary"] or not keep)]

    def _revert(self, record: Json) -> str:
        effect = self._effects.get(record["kind"])
        if effect is None:
            return f"this release knows no effect `{record['kind']}`; roll back by hand: {json.dumps(record['intent'])}"
        problem = ""
        reason = f"{self.ending[0]}: {self.ending[1]}" if self.ending else ""
        try:
            self._try(lambda: effect.revert({**record["intent"], REASON: reason}))
        except Exception as error:  # noqa: BLE001  whatever it is, a person has to see it, and the others have to go
            problem = told(error)
        try:
            left = self._try(lambda: effect.remains(record["intent"]))
        except Exception as error:  # noqa: BLE001  as above
            left = (
                f"{record['kind']} `{record['key']}` may exist: {told(error)}; roll back by hand: {json.dumps(record['intent'])}"
            )
        return "; ".join(part for part in (left, problem) if part)

    def _hold(self) -> list[Json]:
        """Return the record that says who has the promotion, if anybody ever had."""
        return [record for record in self._records if record["what"] in _HOLD][-1:]

    def _state(self, key: str) -> str:
        """Return how an effect stands: its latest record's sort, or "" for one that was never planned."""
        mine = (each["what"] for each in reversed(self._records) if each["key"] == key and each["what"] in _EFFECT)
        return next(mine, "")

    def _append(self, what: str, key: str, data: Json) -> None:
        if clash := _RESERVED & data.keys():
            raise ValueError(f"a record says itself what is its {', '.join(sorted(clash))}")
        record = {"what": what, "key": key, **data, "at": self._at(), "by": self._runner}
        record = json.loads(json.dumps(record, allow_nan=False))  # as every later runner will see it
        try:
            self._ledger.append(len(self._records), record)
        except PortError as error:
            raise Unwritten(error) from error
        self._records.append(record)

    def _at(self) -> str:
        """Return the time, and never one before the last record's: clocks of two machines differ."""
        now = self._now().astimezone(UTC).isoformat(timespec="milliseconds")
        return max(now, str(self._records[-1]["at"])) if self._records else now

    def _try(self, action: Callable[[], T]) -> T:
        """Call again what was unavailable, a few times; nothing else in the factory does."""
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


def _deadly(record: Json) -> str:
    why = f"whoever tried to revert it ended before that was done, {DEATHS} times"
    return f"{record['kind']} `{record['key']}` may be there: {why}; roll back by hand: {json.dumps(record['intent'])}"


def told(error: BaseException) -> str:
    """Return an error as a record says it."""
    match error:
        case GroundworkError():
            return _short(f"{error.message} ({error.hint})")
        case _:
            return _short(f"{type(error).__name__}: {error}")


def _short(text: str) -> str:
    return text if len(text) <= _TEXT else f"{text[:_TEXT]}…"
