"""Files of a client, loaded into a raw table, and retracted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from groundwork.cli.context import command_context, not_deployed
from groundwork.cli.options import Environment, Json
from groundwork.cli.output import say, show_rows
from groundwork.errors import GroundworkError
from groundwork.ingestion.load import RawTable


def load(  # noqa: PLR0913  each is an option of the command
    file: Annotated[
        Path | None,
        typer.Argument(
            help="A CSV file with the table's columns, in UTF-8, with a header and commas. An empty field is a missing value, "
            '`""` is the empty text, and `NA` is a missing value except in text columns.',
            show_default=False,
        ),
    ] = None,
    retract: Annotated[
        str | None, typer.Option(metavar="BATCH", help="Remove a loaded batch: its rows and the copy of its file.")
    ] = None,
    table: Annotated[str, typer.Option(help="The raw table; needed where the environment has several.", show_default=False)] = "",
    environment: Environment = "dev",
    *,
    batches: Annotated[bool, typer.Option("--batches", help="List the stored batches.")] = False,
    as_json: Json = False,
) -> None:
    """Load a file into a raw table, or retract a batch. A file is checked first and loaded completely, once, or not at all.

    Error messages count rows like a spreadsheet: the header is row 1. This command is the only way to write raw data; it works in
    every environment, also in one that protects its data.
    """
    if [file is not None, retract is not None, batches].count(True) != 1:
        raise GroundworkError(
            "load-options-invalid",
            "load needs exactly one of FILE, --retract and --batches",
            "add a file, --retract BATCH or --batches",
        )
    target = _target(table, environment)
    if retract is not None:
        target.retract(retract, say)
        say(f"{retract}: retracted")
    elif file is not None:
        loaded = target.load(file, say)
        say(f"{file.name}: {loaded.rows} rows {'were already loaded' if loaded.already else 'loaded'}, as batch {loaded.batch}")
        say(f"to retract them: groundwork load --retract {loaded.batch} --table {target.name} -e {environment}")
    else:
        show_rows(target.batches(), ["batch", "rows", "file"], as_json=as_json, none=f"the table `{target.name}` has no batches")


def _target(table: str, environment: str) -> RawTable:
    context = command_context()
    outputs = context.stack(environment).outputs()
    if "raw_dataset" not in outputs:
        raise not_deployed("raw-tables-not-found", environment, "raw tables")
    dataset = outputs["raw_dataset"]
    if not table:
        tables = context.platform.warehouse.tables(dataset)
        if len(tables) != 1:
            names = ", ".join(name.rpartition(".")[2] for name in tables)
            raise GroundworkError("table-ambiguous", f"there are several raw tables: {names}", "choose one with --table")
        table = tables[0].rpartition(".")[2]
    return RawTable(platform=context.platform, table=f"{dataset}.{table}", bucket=outputs["raw_bucket"])
