"""Measure twice or more, take the best: what is left is the work itself, not the machine's other work."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One measured thing beside what it is compared with, in seconds."""

    what: str
    seconds: float
    beside: str
    other: float
    bound: str = ""

    def __str__(self) -> str:
        """Return the line as it is printed."""
        ratio = f"{self.seconds / self.other:.2f} x" if self.other > 0 else "-"
        return f"{self.what:<44} {self.seconds:7.3f} s   {ratio:>8} of {self.beside} ({self.other:.3f} s)   {self.bound}".rstrip()


def best(of: Callable[[], object], times: int = 3) -> float:
    """Return the shortest of several runs, in seconds."""
    return min(once(of) for _ in range(times))


def once(of: Callable[[], object]) -> float:
    """Return how long one run took, in seconds."""
    started = time.perf_counter()
    of()
    return time.perf_counter() - started
