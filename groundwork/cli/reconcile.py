"""Reconciliation, now instead of on schedule."""

from __future__ import annotations

from groundwork.cli.context import command_context
from groundwork.cli.factory_builds import builds_failed, wake
from groundwork.cli.options import Environment


def reconcile(environment: Environment = "dev") -> None:
    """Advance all promotions that have not ended, and start those whose event was missed.

    Safe to run concurrently. Ends with exit code 1 if a promotion could not be advanced.
    """
    if failed := wake(command_context(), environment):
        raise builds_failed("reconcile-failed", failed)
