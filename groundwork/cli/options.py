"""Options that several commands have, each defined once."""

from __future__ import annotations

from typing import Annotated

import typer

from groundwork.contract.variables import PERSON_VARIABLE

Environment = Annotated[
    str,
    typer.Option("--environment", "-e", metavar="NAME", envvar="GROUNDWORK_ENVIRONMENT", help="The environment to work on."),
]
Deployment = Annotated[
    str | None,
    typer.Option("--deployment", metavar="NAME", help="The deployment; required if the environment has several."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Person = Annotated[
    str, typer.Option("--as", metavar="EMAIL", help=f"Who you are. Default: {PERSON_VARIABLE}, or git's user.email.")
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="The reason; it is recorded and visible to all readers.")]
