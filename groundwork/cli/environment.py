"""The environments of the checkout."""

from __future__ import annotations

from typing import Annotated

import typer

from groundwork.cli.options import comma_separated, command_group
from groundwork.cli.output import say, show
from groundwork.onboarding import environment_files
from groundwork.onboarding.copy import replicate
from groundwork.project import checkout

app = command_group("List and copy environments.")


@app.command("list")
def list_() -> None:
    """List the environments that have a file."""
    for environment in environment_files.environments(checkout()):
        show(environment)


@app.command("copy")
def copy(
    source: Annotated[str, typer.Argument(help="The environment to copy.")],
    target: Annotated[str, typer.Argument(help="The name of the new environment.")],
    project: Annotated[str, typer.Option(help="The project of the new environment.")],
    branches: Annotated[
        str, typer.Option(help="The new environment's branches of the chain. Default: <target>/<branch>, so that none is shared.")
    ] = "",
    repository: Annotated[str, typer.Option(help="Another repository, <owner>/<name>; the branches then stay the same.")] = "",
) -> None:
    """Write the file of an environment that differs from another one only in its names. Never overwrites a file."""
    written = replicate(checkout(), source, target, project, branches=comma_separated(branches), repository=repository)
    show(written.name)
    say(f"next: groundwork check -e {target}")
