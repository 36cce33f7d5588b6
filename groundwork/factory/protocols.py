"""What the machine asks of an effect and of a ledger, and the ways in which it stops at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from groundwork.errors import GroundworkError
from groundwork.ports.errors import PortError, Unavailable

Json = Mapping[str, Any]

REASON = "reason"
"""What `revert` finds in an intent beside what `plan` put there: the ending and its reason."""


class Taken(GroundworkError):
    """Another runner has written to this ledger: stop at once, it has the promotion now."""

    def __init__(self, candidate: str, sequence: int) -> None:
        super().__init__(
            "promotion-taken",
            f"another runner moves `{candidate}` on: it wrote record {sequence} first",
            f"let it; `groundwork history {candidate}` tells how far it is",
        )


class Busy(GroundworkError):
    """The runner that has this promotion still lives."""

    def __init__(self, runner: str) -> None:
        super().__init__(
            "promotion-busy", f"`{runner}` is moving this promotion on", "wait until it has ended, or cancel it; then try again"
        )
        self.runner = runner


class Unwritten(GroundworkError):
    """The ledger took no record: stop at once, as nothing may be done that is not written."""

    def __init__(self, error: PortError) -> None:
        super().__init__("ledger-unwritten", f"the ledger took no record: {error.message}", error.hint)


class NotNow(Unavailable):
    """Nothing was made, and only somebody else's doing will change that: `make` does not try again."""


class Fault(Unavailable):
    """The platform failed at it, not the candidate. A later runner tries it again, so often and no more."""

    def __init__(self, message: str, hint: str, *, attempts: int) -> None:
        super().__init__(message, hint)
        self.attempts = attempts


class Effect(Protocol):
    """A change to the world. Intents are JSON, so that they can be reverted by a release that never made them."""

    @property
    def plan(self) -> Callable[..., Json]:
        """Choose every name and note what is there now. Changes nothing."""
        ...

    def apply(self, intent: Json) -> Json:
        """Make it so. A second time changes nothing."""
        ...

    def revert(self, intent: Json) -> None:
        """Put back what `plan` noted, if what is there is still ours."""
        ...

    def remains(self, intent: Json) -> str:
        """Return "" or what is left, and how a person removes it."""
        ...


class Ledger(Protocol):
    """Append-only records of one promotion."""

    candidate: str

    def read(self) -> list[Json]:
        """Return the records, oldest first."""
        ...

    def append(self, sequence: int, record: Json) -> None:
        """Create record number `sequence`; raise Taken if there is one."""
        ...
