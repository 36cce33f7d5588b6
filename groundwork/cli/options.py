"""Options that several commands have, each defined once, and groups of commands."""

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
    str, typer.Option("--as", metavar="EMAIL", help=f"Your e-mail address. Default: {PERSON_VARIABLE}, or git's user.email.")
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="The reason; it is recorded and visible to all readers.")]


def comma_separated(text: str) -> tuple[str, ...]:
    """Return the entries of an option with several, without the spaces around them; empty entries do not count."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def command_group(text: str) -> typer.Typer:
    """Return a group of commands with its help text; a group stays a group if it has one command."""
    group = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None)
    group.callback(help=text)(lambda: None)
    return group
