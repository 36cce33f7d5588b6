"""The local twin: its environment for a shell, what is in it, and an end to it."""

from __future__ import annotations

import os
import shlex
import sys

import typer

from groundwork.cli.context import command_context
from groundwork.cli.demo import seed_twin
from groundwork.cli.options import Json
from groundwork.cli.output import say, show_rows
from groundwork.twin.core import shell
from groundwork.twin.core.reset import reset as remove

app = typer.Typer(help="The local twin of Google Cloud.", no_args_is_help=True)


@app.command("env")
def env() -> None:
    """Print the variables that send a shell to the twin, made where it is not there yet: eval "$(groundwork twin env)".

    Where it fails it prints `false`, so that nothing behind an `&&` runs anywhere else.
    """
    root = shell.folder()
    seed_twin.prepare(root, shell.checkout())
    say(f"this shell now works on the twin in {root}; `pulumi up --stack dev` lays the dev environment")
    _print_whole(
        *(f"export {name}={shlex.quote(value)}" for name, value in shell.variables(root).items()),
        "unset PULUMI_CONFIG_PASSPHRASE",  # a person's own has the say over the twin's, which is in a file
    )


def _print_whole(*lines: str) -> None:
    """Print all at once, once all is known, as bytes: a path need not be text that the terminal can show."""
    sys.stdout.flush()
    sys.stdout.buffer.write(os.fsencode("".join(f"{line}\n" for line in lines)))
    sys.stdout.buffer.flush()


@app.command("status")
def status(*, as_json: Json = False) -> None:
    """Show how much of what there is on the twin."""
    store = shell.make(command_context().root)
    counted = store.records.execute("select type, count(*) from resources where ready group by type order by type").fetchall()
    rows = [{"resource": kind, "count": count} for kind, count in counted]
    show_rows(rows, ["resource", "count"], as_json=as_json, none="nothing is on this twin yet; run `pulumi up --stack dev`")


@app.command("reset")
def reset() -> None:
    """Put everything back to nothing: the twin and the demo's clones of its repositories."""
    root = shell.folder()
    say(f"removed the twin in {root}" if remove(root) else f"there is no twin in {root}; nothing to do")
