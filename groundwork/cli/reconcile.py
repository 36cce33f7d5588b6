"""Move everything that has not ended."""

from __future__ import annotations

from groundwork.cli.context import here
from groundwork.cli.factory_builds import knock
from groundwork.cli.status import Stack
from groundwork.errors import GroundworkError


def tick(stack: Stack = "dev") -> None:
    """Have the factory move every promotion that has not ended, and begin what a lost event kept from beginning.

    Safe at any time, also beside others: what somebody else is at is left to them. Ends with 1 when one could not be moved.
    """
    if failed := knock(here(), stack):
        told = ", ".join(f"build {each.id} of {each.trigger} ended as {each.status}" for each in failed)
        raise GroundworkError("tick-failed", told, f"read what it said: `groundwork logs {failed[0].id}`")
