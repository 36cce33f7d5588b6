"""Promotions, followed live."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from groundwork.cli.context import command_context
from groundwork.cli.options import Environment
from groundwork.cli.output import show
from groundwork.cli.status import in_progress, row

_SHOWN = ("since", "candidate", "branch", "state", "pull_request")
_INTERVAL = 1.0
"""Seconds between two reads."""


def watch(
    environment: Environment = "dev",
    seconds: Annotated[
        int, typer.Option("--for", metavar="SECONDS", help="End after this many seconds.", min=1, max=86_400)
    ] = 600,
) -> None:
    """Print a line whenever a promotion moves, until Ctrl-C or the end of the time."""
    context, states, ended = command_context(), dict[str, str](), set[str]()
    factories = context.factories(environment)
    until = time.monotonic() + seconds
    while True:
        for promotion in reversed(in_progress(context, factories, sorted(states.keys() - ended))):  # an ended one has no mark
            if states.get(promotion.id) != promotion.state:
                states[promotion.id] = promotion.state
                line = row(promotion)
                show("  ".join(str(line[name]) for name in _SHOWN if line[name]))
            ended |= {promotion.id} if promotion.ended else set()
        if time.monotonic() > until:
            return
        time.sleep(min(_INTERVAL, max(0.0, until - time.monotonic())))
