"""Limit the size of a page: untrusted input may have any size, a page may not."""

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


class Budget:
    """The bytes that may still be written."""

    def __init__(self, size: int) -> None:
        self.remaining = size
        self._refused = 0

    @property
    def full(self) -> bool:
        """Whether so many items did not fit that rendering more of them would waste time."""
        return self._refused >= _PATIENCE

    def spend(self, size: int) -> bool:
        """Reserve a known size; return false, and reserve nothing, if it exceeds the budget."""
        if size > self.remaining:
            self._refused += 1
            return False
        self.remaining -= size
        return True

    def take(self, markup: Markup, *, frame: int = 0) -> bool:
        """Reserve the size of markup and of `frame` bytes around it, as `spend` does."""
        return self.spend(len(markup.encode()) + frame)


def fitting(items: Sequence[T], make: Callable[[T], Markup], budget: Budget) -> tuple[list[Markup], int]:
    """Render items up to the first that does not fit; return their markup, and the number of omitted items."""
    fitted: list[Markup] = []
    for item in items:
        markup = make(item)
        if not budget.take(markup):
            break
        fitted.append(markup)
    return fitted, len(items) - len(fitted)
