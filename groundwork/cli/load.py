"""Sales files, from disk into a raw table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from groundwork.cli.here import here
from groundwork.cli.output import say
from groundwork.errors import GroundworkError


def load(
    file: Annotated[Path, typer.Argument(help="A CSV file with the table's columns.", show_default=False)],
    into: Annotated[str, typer.Option(help="A raw table of the environment.")] = "sales",
    stack: Annotated[str, typer.Option(help="The environment.")] = "dev",
) -> None:
    """Check a file and load it into the raw bucket and a raw table: all of it, once, or nothing."""
    from groundwork.loading.load import load as load_file  # noqa: PLC0415  pandas takes its time to load

    place = here()
    outputs = place.stack(stack).outputs()
    if "raw_dataset" not in outputs:
        raise GroundworkError(
            "not-up", f"the environment `{stack}` has no raw tables yet", f"run `pulumi up --stack {stack}` first"
        )
    loaded = load_file(place.platform, file, table=f"{outputs['raw_dataset']}.{into}", bucket=outputs["raw_bucket"])
    say(f"{file.name}: {loaded.rows} rows {'were there already' if loaded.already else 'loaded'}")
