"""Measure repeatedly and return the shortest time, which contains the least of the machine's other work."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One measurement and its reference measurement, in seconds."""

    name: str
    seconds: float
    reference: str
    reference_seconds: float
    limit: str = ""

    def __str__(self) -> str:
        """Return the line in its printed form."""
        ratio = f"{self.seconds / self.reference_seconds:.2f} x" if self.reference_seconds > 0 else "-"
        reference = f"{ratio:>8} of {self.reference} ({self.reference_seconds:.3f} s)"
        return f"{self.name:<44} {self.seconds:7.3f} s   {reference}   {self.limit}".rstrip()


def best(of: Callable[[], object], times: int = 3) -> float:
    """Return the shortest of several runs, in seconds."""
    return min(once(of) for _ in range(times))


def once(of: Callable[[], object]) -> float:
    """Return how long one run took, in seconds."""
    started = time.perf_counter()
    of()
    return time.perf_counter() - started
