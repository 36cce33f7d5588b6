"""Follow what happens."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from groundwork.cli.context import command_context
from groundwork.cli.factory_builds import factories
from groundwork.cli.options import Environment
from groundwork.cli.output import show
from groundwork.cli.status import row, under_way

_SHOWN = ("since", "candidate", "branch", "state", "pull_request")
_GLANCE = 1.0
"""Seconds between two looks."""


def watch(
    environment: Environment = "dev",
    seconds: Annotated[int, typer.Option("--for", help="Seconds to watch for.", min=1, max=86_400)] = 600,
) -> None:
    """Print a line whenever a promotion of an environment moves, until Ctrl-C or the time is over."""
    place, seen, ended = command_context(), dict[str, str](), set[str]()
    told = factories(place, environment)
    until = time.monotonic() + seconds
    while True:
        for each in reversed(under_way(place, told, sorted(seen.keys() - ended))):  # what ends has no mark any more
            if seen.get(each.id) != each.state:
                seen[each.id] = each.state
                line = row(each)
                show("  ".join(str(line[name]) for name in _SHOWN if line[name]))
            ended |= {each.id} if each.ended else set()
        if time.monotonic() > until:
            return
        time.sleep(min(_GLANCE, max(0.0, until - time.monotonic())))
