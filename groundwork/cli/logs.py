"""The log of one build or pipeline run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from groundwork.cli.context import command_context
from groundwork.cli.options import Json
from groundwork.cli.output import show
from groundwork.errors import GroundworkError
from groundwork.ports.errors import Absent
from groundwork.ports.platform import Platform

FIRST = ("time", "level", "step", "event")


def logs(
    id_: Annotated[str, typer.Argument(metavar="BUILD|RUN", help="An id from `groundwork runs`.")],
    *,
    debug: Annotated[bool, typer.Option("--debug", help="Show the messages of kfp as well.")] = False,
    as_json: Json = False,
) -> None:
    """Print the log of a build or of a pipeline run."""
    platform = command_context().platform
    try:
        records = platform.runner.log(id_)
    except Absent:
        _show_build(platform, id_)
        return
    for record in records:
        if as_json:
            show(json.dumps(record))
        elif debug or record["level"] != "debug":
            show(_line(record))


def _show_build(platform: Platform, build: str) -> None:
    try:
        show(platform.builds.log(build).rstrip())
    except Absent as error:
        raise GroundworkError(
            "log-not-found", f"there is no build and no run `{build}`", "list the ids with `groundwork runs`"
        ) from error


def _line(record: Mapping[str, Any]) -> str:
    """Return a record as a line: time, level, step, event, then its other fields."""
    rest = " ".join(f"{name}={value}" for name, value in record.items() if name not in FIRST)
    return "  ".join(filter(None, [*(str(record.get(name) or "-") for name in FIRST), rest]))
