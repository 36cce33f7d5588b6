"""The protocols of an effect and of a ledger, and the errors that stop a runner at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from groundwork.contract.ledger_records import Json, Record
from groundwork.errors import GroundworkError
from groundwork.ports.errors import PortError, Unavailable

REASON = "reason"
"""The key that is added to an intent for `revert`: the outcome and its reason."""


class Taken(GroundworkError):
    """Another runner wrote to this ledger and holds the promotion now: stop at once."""

    def __init__(self, candidate: str, sequence: int) -> None:
        super().__init__(
            "promotion-taken",
            f"another runner advances `{candidate}`: it wrote record {sequence} first",
            f"wait for the other runner; run `groundwork history {candidate}` to follow it",
        )


class Busy(GroundworkError):
    """The runner that holds this promotion is still alive."""

    def __init__(self, runner: str) -> None:
        super().__init__(
            "promotion-busy",
            f"build `{runner}` advances this promotion",
            "wait until it ends, or cancel it, and try again",
        )
        self.runner = runner


class Unwritten(GroundworkError):
    """The ledger stored no record: stop at once, as nothing may be done before it is written."""

    def __init__(self, error: PortError) -> None:
        super().__init__("ledger-unwritable", f"the ledger stored no record: {error.message}", error.hint)


class NotNow(Unavailable):
    """Nothing was applied, and only another promotion can change that: `make` does not try again."""


class Fault(Unavailable):
    """The platform failed, not the candidate. Later runners try again, up to `attempts` times."""

    def __init__(self, message: str, hint: str, *, attempts: int) -> None:
        super().__init__(message, hint)
        self.attempts = attempts


class Effect(Protocol):
    """A change to the world. Intents are JSON, so that a later release can revert effects of an earlier one."""

    @property
    def plan(self) -> Callable[..., Json]:
        """Return an intent with every name and the present state. Changes nothing."""
        ...

    def apply(self, intent: Json) -> Json:
        """Apply the intent and return the result. A second call changes nothing."""
        ...

    def revert(self, intent: Json) -> None:
        """Restore the state that `plan` noted, unless another program changed it since."""
        ...

    def leftovers(self, intent: Json) -> str:
        """Return the leftovers and their manual removal, or ""."""
        ...


class Ledger(Protocol):
    """Append-only records of one promotion."""

    candidate: str

    def read(self) -> list[Record]:
        """Return the records, oldest first."""
        ...

    def append(self, record: Record) -> Record:
        """Chain a record to the one before, create it and return it; raises Taken if there is one of its number."""
        ...
