"""How a promotion stands, folded from its records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundwork.errors import GroundworkError
from groundwork.factory.candidate import BEGUN, Candidate
from groundwork.factory.ledger import Ledger
from groundwork.ports.errors import PortError

BROKEN = "ledger-broken"

_ORDER = ("provision", "checks", "execute", "capture", "gate", "report", "propose", "review", "release")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One promotion, as `groundwork status` shows it."""

    id: str
    candidate: Candidate | None
    """None where the ledger is broken: what it says of the candidate may be a lie."""
    state: str
    """The next step, `waiting for review`, an ending, an ending with a failed rollback, or `ledger-broken`."""
    ended: bool
    """Nothing is left to do."""
    number: int | None
    """Of its pull request."""
    since: str
    """When the last record was written, ISO 8601, UTC; "" where the ledger is broken."""
    why: str
    """Of the ending, what is waited for, or what is wrong with the ledger."""
    stuck: tuple[str, ...]
    """What could not be rolled back, and how a person removes it."""


def standing(records: Sequence[Mapping[str, Any]]) -> Standing:
    """Return how the promotion with these records stands."""
    latest = {(record["what"], record["key"]): record for record in records}
    done = {key for what, key in latest if what == "done"}
    ending = next((record for record in records if record["what"] == "ending"), None)
    reverted = {key for what, key in latest if what == "reverted"}
    stuck = tuple(str(record["left"]) for (what, key), record in latest.items() if what == "stuck" and key not in reverted)
    ended = any(record["what"] == "end" for record in records)
    proposed = latest.get(("made", "proposal"))
    candidate = Candidate.of(records)
    return Standing(
        id=candidate.id,
        candidate=candidate,
        state=_state(candidate, done, ending["key"] if ending else None, ended=ended, stuck=bool(stuck)),
        ended=ended,
        number=int(proposed["result"]["number"]) if proposed else None,
        since=str(records[-1]["at"]),
        why=str(ending.get("why", "")) if ending else _waited_for(records),
        stuck=() if ended else stuck,
    )


def standings(objects: Any, root: str, candidates: Sequence[str]) -> Iterator[Standing]:
    """Yield how each of these stands that was begun; one whose records are not whole hides none of the others."""
    for candidate in candidates:
        try:
            records = Ledger(objects, root, candidate).read()
            if any(record["what"] == BEGUN for record in records):
                yield standing(records)
        except PortError:
            raise
        except GroundworkError as error:
            yield _broken(candidate, error.message)
        except (LookupError, TypeError, ValueError) as error:  # well chained, and yet no record that the factory writes
            yield _broken(candidate, f"the ledger of `{candidate}` tells no promotion: {error!r}")


def _broken(id_: str, why: str) -> Standing:
    return Standing(id=id_, candidate=None, state=BROKEN, ended=False, number=None, since="", why=why, stuck=())


def _waited_for(records: Sequence[Mapping[str, Any]]) -> str:
    """Return what the last runner found to wait for; "" where one is at work, or died at it."""
    last = records[-1]
    return str(last["why"]) if last["what"] == "waits" else ""


def _state(candidate: Candidate, done: set[str], ending: str | None, *, ended: bool, stuck: bool) -> str:
    if ending is not None:
        return ending if ended else f"{ending}, stuck" if stuck else f"{ending}, being rolled back"
    if candidate.back_to:
        return "release"
    order = _ORDER if candidate.target else tuple(step for step in _ORDER if step not in {"propose", "review"})
    step = next((step for step in order if step not in done), "release")
    return "waiting for review" if step == "review" else step
