"""Environments, made from one another."""

from __future__ import annotations

from typing import Annotated

import typer

from groundwork.cli.output import say, show
from groundwork.twin.core import shell

app = typer.Typer(help="The environments of this checkout.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_() -> None:
    """List the environments that have a file."""
    from groundwork.onboarding import environment_files  # noqa: PLC0415  as late as the command

    for environment in environment_files.stacks(shell.checkout()):
        show(environment)


@app.command("copy")
def copy(
    source: Annotated[str, typer.Argument(help="The environment to copy.")],
    target: Annotated[str, typer.Argument(help="The new one.")],
    project: Annotated[str, typer.Option(help="The new one's project.")],
    branches: Annotated[
        str, typer.Option(metavar="BRANCHES", help="Its branches of the chain; else <target>/<branch>, so that no push has two.")
    ] = "",
    repository: Annotated[str, typer.Option(help="Another repository, <owner>/<name>; the branches then stay.")] = "",
) -> None:
    """Write the file of an environment that differs from another only in its names. Never writes over a file."""
    from groundwork.onboarding.copy import replicate  # noqa: PLC0415  it loads Pulumi

    own = [part.strip() for part in branches.split(",") if part.strip()]
    written = replicate(shell.checkout(), source, target, project, branches=own, repository=repository)
    show(written.name)
    say(f"next: groundwork check -e {target}")
