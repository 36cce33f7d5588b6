"""Files of a client, from disk into a raw table, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groundwork.cli.context import command_context
from groundwork.cli.output import Json, say, show_rows
from groundwork.errors import GroundworkError

if TYPE_CHECKING:
    from groundwork.ingestion.load import RawTable


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
    into: Annotated[
        str | None, typer.Option(help="A raw table of the environment; not needed if there is only one.", show_default=False)
    ] = None,
    stack: Annotated[str, typer.Option(help="The environment.")] = "dev",
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
    place = _place(into, stack)
    table = place.table.rpartition(".")[2]
    if retract is not None:
        place.retract(retract, say)
        say(f"{retract}: retracted")
    elif file is not None:
        loaded = place.load(file, say)
        say(f"{file.name}: {loaded.rows} rows {'were there already' if loaded.already else 'loaded'}, as batch {loaded.batch}")
        say(f"to take them back: groundwork load --retract {loaded.batch} --into {table} --stack {stack}")
    else:
        show_rows(place.batches(), ["batch", "rows", "file"], as_json=as_json, none=f"nothing is loaded into `{table}`")


def _place(into: str | None, stack: str) -> RawTable:
    from groundwork.ingestion.load import RawTable  # noqa: PLC0415  pandas takes its time to load

    found = command_context()
    outputs = found.stack(stack).outputs()
    if "raw_dataset" not in outputs:
        raise GroundworkError(
            "not-up", f"the environment `{stack}` has no raw tables yet", f"run `pulumi up --stack {stack}` first"
        )
    tables = [name.rpartition(".")[2] for name in found.platform.warehouse.tables(outputs["raw_dataset"])]
    if into is None and len(tables) != 1:
        raise GroundworkError(
            "table-not-chosen", f"there are several raw tables: {', '.join(tables)}", "name one of them with --into"
        )
    return RawTable(platform=found.platform, table=f"{outputs['raw_dataset']}.{into or tables[0]}", bucket=outputs["raw_bucket"])
