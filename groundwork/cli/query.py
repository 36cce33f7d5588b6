"""The warehouse, asked by a person."""

from __future__ import annotations

from typing import Annotated

import typer

from groundwork.cli.context import command_context
from groundwork.cli.options import Environment, Json
from groundwork.cli.output import say, show
from groundwork.errors import GroundworkError


def query(  # noqa: PLR0913  each is an option of the command
    sql: Annotated[
        str, typer.Argument(help="One SELECT in BigQuery's dialect; tables by their bare names, such as `forecasts`.")
    ],
    deployment: Annotated[
        str | None, typer.Option(help="Whose tables; needed where an environment has several deployments.")
    ] = None,
    parameter: Annotated[
        list[str] | None, typer.Option(metavar="NAME=TEXT", help="A named parameter, `@name` in the SELECT.")
    ] = None,
    environment: Environment = "dev",
    candidate: Annotated[
        str | None, typer.Option(help="Whose results, as they were copied to be evaluated, in the place of the tables.")
    ] = None,
    *,
    scratch: Annotated[
        bool, typer.Option("--scratch", help="What `groundwork try` stored in the place of the deployment's own.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Read the raw tables and those of a deployment."""
    if scratch and candidate:
        raise GroundworkError("whose-tables", "--scratch and --candidate name two places", "give one of them")
    place = command_context()
    chosen = place.deployment(environment, deployment)
    if scratch:
        chosen = place.scratch(environment, chosen)
    warehouse, given = place.platform.warehouse, dict(_pair(each) for each in parameter or [])
    if candidate:
        from groundwork.cli.candidate_results import query_copies  # noqa: PLC0415  slow to load

        records = f"{place.stack(environment).outputs()['factory'][chosen.name]['records']}/candidates/{candidate}"
        objects = place.platform.objects
        rows = query_copies(objects, warehouse, sql, records=records, dataset=chosen.dataset, parameters=given)
    else:
        tables = {name.rpartition(".")[2]: name for dataset in (chosen.raw, chosen.dataset) for name in warehouse.tables(dataset)}
        rows = warehouse.query(sql, tables=tables, parameters=given)
    if as_json:
        show(rows.to_json(orient="records", date_format="iso", date_unit="us", double_precision=15, indent=2))
    elif rows.empty:
        say("no rows")
    else:
        show(rows.to_string(index=False))


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise GroundworkError("parameter", f"`{text}` is no parameter", "write it as NAME=TEXT")
    return name, value
