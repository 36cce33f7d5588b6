"""SQL queries by a person."""

from __future__ import annotations

from typing import Annotated

import typer

from groundwork.cli.candidate_results import query_copies
from groundwork.cli.context import command_context
from groundwork.cli.options import Deployment, Environment, Json
from groundwork.cli.output import say, show
from groundwork.errors import GroundworkError


def query(  # noqa: PLR0913  each is an option of the command
    sql: Annotated[
        str, typer.Argument(help="One SELECT in BigQuery's dialect; name tables without their dataset, such as `serving`.")
    ],
    deployment: Deployment = None,
    parameter: Annotated[
        list[str] | None, typer.Option(metavar="NAME=TEXT", help="A named parameter, `@name` in the SELECT.")
    ] = None,
    environment: Environment = "dev",
    candidate: Annotated[
        str | None, typer.Option(help="Read the results of a candidate, as the factory copied them for the evaluation.")
    ] = None,
    *,
    scratch: Annotated[
        bool, typer.Option("--scratch", help="Read the results of `groundwork try` instead of the deployment's tables.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Query the tables of an environment with SQL: the raw tables and those of a deployment."""
    if scratch and candidate:
        raise GroundworkError("query-options-conflict", "--scratch and --candidate exclude each other", "remove one of them")
    context = command_context()
    chosen = context.deployment(environment, deployment)
    if scratch:
        chosen = context.scratch(environment, chosen)
    warehouse, parameters = context.platform.warehouse, dict(_pair(text) for text in parameter or [])
    if candidate:
        records = f"{context.stack(environment).outputs()['factory'][chosen.name]['records']}/candidates/{candidate}"
        rows = query_copies(context.session, sql, records=records, dataset=chosen.dataset, parameters=parameters)
    else:
        tables = {name.rpartition(".")[2]: name for dataset in (chosen.raw, chosen.dataset) for name in warehouse.tables(dataset)}
        rows = warehouse.query(sql, tables=tables, parameters=parameters)
    if as_json:
        show(rows.to_json(orient="records", date_format="iso", date_unit="us", double_precision=15, indent=2))
    elif rows.empty:
        say("no rows")
    else:
        show(rows.to_string(index=False))


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise GroundworkError("parameter-invalid", f"`{text}` is not a parameter", "write the parameter as NAME=TEXT")
    return name, value
