"""Move everything that has not ended."""

from __future__ import annotations

from groundwork.cli.context import command_context
from groundwork.cli.factory_builds import wake
from groundwork.cli.options import Environment
from groundwork.errors import GroundworkError


def reconcile(environment: Environment = "dev") -> None:
    """Have the factory move every promotion that has not ended, and begin what a lost event kept from beginning.

    Safe at any time, also beside others: what somebody else is at is left to them. Ends with 1 when one could not be moved.
    """
    if failed := wake(command_context(), environment):
        told = ", ".join(f"build {each.id} of {each.trigger} ended as {each.status}" for each in failed)
        raise GroundworkError("reconcile-failed", told, f"read what it said: `groundwork logs {failed[0].id}`")
