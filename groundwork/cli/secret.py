"""Values of secrets."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from groundwork.cli.context import command_context
from groundwork.cli.options import Environment, command_group
from groundwork.cli.output import say
from groundwork.errors import GroundworkError
from groundwork.onboarding import environment_files

app = command_group("Store the credentials that pipelines need.")

MAX_BYTES = 65_536
"""Size limit of a version: https://cloud.google.com/secret-manager/quotas."""


@app.command("put")
def put(
    name: Annotated[str, typer.Argument(help="The secret: a key of `secrets` in the environment file.")],
    environment: Environment = "dev",
) -> None:
    """Store standard input as the newest version of a secret. The value is never printed.

    On Google: gcloud secrets versions add NAME --data-file=-
    """
    context = command_context()
    project = environment_files.validated(environment, environment_files.read(context.checkout, environment)).project
    say(f"stored as {context.session.put_secret(project, name, _payload())}")


def _payload() -> str:
    """Return standard input, without the line break that `echo` adds; raises GroundworkError."""
    if sys.stdin.isatty():
        say("type or paste the value, then press Ctrl-D; it is visible while you type")
    content = sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        text = content.decode().removesuffix("\n")
    except UnicodeDecodeError:
        text = ""
    if not text or len(content) > MAX_BYTES:
        raise GroundworkError(
            "secret-payload-invalid",
            f"the value of a secret must be text of 1 to {MAX_BYTES} bytes",
            'pipe the value into the command: `printf %s "$KEY" | groundwork secret put …`',
        )
    return text
