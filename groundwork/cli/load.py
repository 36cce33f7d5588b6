"""Files of a client, from disk into a raw table, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groundwork.cli.context import command_context
from groundwork.cli.options import Environment, Json
from groundwork.cli.output import say, show_rows
from groundwork.errors import GroundworkError

if TYPE_CHECKING:
    from groundwork.ingestion.load import Place


def load(  # noqa: PLR0913  each is an option of the command
    file: Annotated[
        Path | None,
        typer.Argument(
            help="A CSV file with the table's columns: UTF-8, a header, commas. An empty field without quotes is no value; "
            '`""` is the empty text. `NA` is no value but in columns of text.',
            show_default=False,
        ),
    ] = None,
    retract: Annotated[
        str | None, typer.Option(metavar="BATCH", help="Remove a batch that was loaded: its rows and the copy of its file.")
    ] = None,
    table: Annotated[str, typer.Option(help="The raw table of the environment.")] = "sales",
    environment: Environment = "dev",
    *,
    batches: Annotated[bool, typer.Option("--batches", help="List the batches that are stored.")] = False,
    as_json: Json = False,
) -> None:
    """Check a file and load it into the raw bucket and a raw table: all of it, once, or nothing.

    Rows are counted as a spreadsheet does: the header is row 1. Raw tables are loaded in every environment, also in one that
    protects its data: this is how the client's data get in.
    """
    if [file is not None, retract is not None, batches].count(True) != 1:
        raise GroundworkError("what-to-load", "it is not clear what to do", "give a file, or --retract BATCH, or --batches")
    place = _place(table, environment)
    if retract is not None:
        place.retract(retract, say)
        say(f"{retract}: retracted")
    elif file is not None:
        loaded = place.load(file, say)
        say(f"{file.name}: {loaded.rows} rows {'were there already' if loaded.already else 'loaded'}, as batch {loaded.batch}")
        say(f"to retract them: groundwork load --retract {loaded.batch} --table {table} -e {environment}")
    else:
        show_rows(place.batches(), ["batch", "rows", "file"], as_json=as_json, none=f"nothing is loaded into `{table}`")


def _place(table: str, environment: str) -> Place:
    from groundwork.ingestion.load import Place  # noqa: PLC0415  pandas takes its time to load

    found = command_context()
    outputs = found.stack(environment).outputs()
    if "raw_dataset" not in outputs:
        raise GroundworkError(
            "not-up", f"the environment `{environment}` has no raw tables yet", f"run `pulumi up --stack {environment}` first"
        )
    return Place(platform=found.platform, table=f"{outputs['raw_dataset']}.{table}", bucket=outputs["raw_bucket"])
