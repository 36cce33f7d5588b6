"""What people put into secrets."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from groundwork.cli.context import command_context
from groundwork.cli.options import Environment
from groundwork.cli.output import say
from groundwork.errors import GroundworkError
from groundwork.twin.core.store import Store

app = typer.Typer(help="The credentials that pipelines need.", no_args_is_help=True, rich_markup_mode=None)

MOST = 65_536
"""Bytes that a version may have: https://cloud.google.com/secret-manager/quotas."""


@app.command("put")
def put(
    name: Annotated[str, typer.Argument(help="The secret: a key of `secrets` in the environment's file.")],
    environment: Environment = "dev",
) -> None:
    """Store what comes on standard input as the secret's newest version. It is shown nowhere.

    On Google: gcloud secrets versions add NAME --data-file=-
    """
    from groundwork.onboarding import environment_files  # noqa: PLC0415  it loads Pulumi
    from groundwork.twin.secretmanager.client import put_version  # noqa: PLC0415  as late as the command

    place = command_context()
    project = environment_files.validated(environment, environment_files.read(place.checkout, environment)).project
    say(f"stored as {put_version(Store(place.root), project, name, _payload())}")


def _payload() -> str:
    """Return standard input, without the line break that `echo` ends with; raises GroundworkError."""
    if sys.stdin.isatty():
        say("type or paste it, then Ctrl-D; it is shown as you type")
    content = sys.stdin.buffer.read(MOST + 1)
    try:
        text = content.decode().removesuffix("\n")
    except UnicodeDecodeError:
        text = ""
    if not text or len(content) > MOST:
        raise GroundworkError(
            "secret-payload",
            f"a version is text of 1 to {MOST} bytes",
            'pipe it in: `printf %s "$KEY" | groundwork secret put …`',
        )
    return text
