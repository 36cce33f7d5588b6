"""Limits the size of a page: untrusted input may be of any size, a page may not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from markupsafe import Markup

T = TypeVar("T")

SECTIONS = {
    "gate": 30_000,
    "metrics": 30_000,
    "plan": 30_000,
    "blocks": 170_000,
    "change": 300_000,
    "pipeline": 80_000,
    "notebook": 230_000,
    "lineage": 20_000,
    "own": 70_000,
}
"""Bytes of markup for each part of the page; together with head, style and foot less than a million."""


_PATIENCE = 20


class Room:
    """Bytes that may still be written."""

    def __init__(self, size: int) -> None:
        self.left = size
        self._refused = 0

    @property
    def full(self) -> bool:
        """Whether so many items did not fit that rendering more of them would waste time."""
        return self._refused >= _PATIENCE

    def spend(self, size: int) -> bool:
        """Take room for a size that is known."""
        if size > self.left:
            self._refused += 1
            return False
        self.left -= size
        return True

    def take(self, markup: Markup, *, frame: int = 0) -> bool:
        """Take the room that markup needs, with `frame` bytes around it; false, and nothing taken, when there is not enough."""
        return self.spend(len(markup.encode()) + frame)


def fitting(given: Sequence[T], make: Callable[[T], Markup], room: Room) -> tuple[list[Markup], int]:
    """Render items up to the first that does not fit; return their markup, and the number of omitted items."""
    made: list[Markup] = []
    for thing in given:
        markup = make(thing)
        if not room.take(markup):
            break
        made.append(markup)
    return made, len(given) - len(made)
