"""What happens at each moment of a promotion: nothing, a kill, an outage of one call, or a permission that is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from groundwork.ports.errors import Denied, Unavailable


class Killed(BaseException):
    """What kill -9 looks like from inside a test."""


class ScheduledTopic:
    """Reconciliations before and after every call of a port and every write of the ledger."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        """The name of each call."""
        self.kill_at: int | None = None
        self.unavailable_at: int | None = None
        self.down: str | None = None
        """The name of a call that does not get through, however often it is tried."""
        self.denied: str | None = None
        """The name of a call that the identity may not make."""
        self.meanwhile: Callable[[int], None] | None = None
        """What another process does at each call."""

    def count(self, call: str, when: Literal["before", "after"]) -> None:
        self.calls.append(call)
        now = len(self.calls)
        if self.meanwhile:
            self.meanwhile(now)
        if now == self.kill_at:
            raise Killed
        if now == self.unavailable_at or (when == "before" and call == self.down):
            raise Unavailable(f"{call} timed out", "try again later")
        if when == "before" and call == self.denied:
            raise Denied(f"the factory lacks {call}", "have the program grant it")

    @contextmanager
    def call(self, name: str) -> Iterator[None]:
        self.count(name, "before")
        yield
        self.count(name, "after")
