"""The log of one build or run."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from groundwork.cli.here import here
from groundwork.cli.output import Json, show
from groundwork.errors import GroundworkError
from groundwork.ports.errors import Absent


def logs(
    of: Annotated[str, typer.Argument(metavar="BUILD|RUN", help="An id from `groundwork runs`.")], *, as_json: Json = False
) -> None:
    """Print the log of a build or of a pipeline run."""
    platform = here().platform
    try:
        records = platform.runner.log(of)
    except Absent:
        pass
    else:
        for record in records:
            show(
                json.dumps(record)
                if as_json
                else "  ".join(str(record.get(key, "")) for key in ("time", "level", "step", "event"))
            )
        return
    try:
        show(platform.builds.log(of).rstrip())
    except Absent as error:
        raise GroundworkError(
            "nothing-by-that-id", f"there is neither a build nor a run `{of}`", "list them with `groundwork runs`"
        ) from error
