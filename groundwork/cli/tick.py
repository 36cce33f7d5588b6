"""Move everything that has not ended."""

from __future__ import annotations

from groundwork.cli.here import here
from groundwork.cli.knock import knock
from groundwork.cli.status import Stack


def tick(stack: Stack = "dev") -> None:
    """Have the factory move every promotion that has not ended, and begin what a lost event kept from beginning.

    Safe at any time, also beside others: what somebody else is at is left to them.
    """
    knock(here(), stack)
