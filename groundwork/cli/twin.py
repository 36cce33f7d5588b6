"""The twin, a local Google Cloud emulator."""

from __future__ import annotations

import os
import shlex
import sys

from groundwork.cli.context import command_context
from groundwork.cli.demo import seed_twin
from groundwork.cli.options import Json, command_group
from groundwork.cli.output import say, show_rows
from groundwork.project import checkout
from groundwork.twin.core import shell
from groundwork.twin.reset import reset as remove

app = command_group("Use, inspect and remove the twin, a local Google Cloud emulator.")


@app.command("env")
def env() -> None:
    """Print the variables that send a shell to the twin, and create the twin if necessary: eval "$(groundwork twin env)".

    If it fails, it prints `false`, so that a command behind `&&` does not run on another platform.
    """
    root = shell.folder()
    seed_twin.prepare(root, checkout())
    say(f"this shell now works on the twin in {root}; `pulumi up --stack dev` deploys the environment `dev`")
    _print_whole(
        *(f"export {name}={shlex.quote(value)}" for name, value in shell.variables(root).items()),
        "unset PULUMI_CONFIG_PASSPHRASE",  # a person's own would override the twin's, which is in a file
    )


def _print_whole(*lines: str) -> None:
    """Print all lines at once, as bytes: a path may contain bytes that the terminal's encoding cannot represent."""
    sys.stdout.flush()
    sys.stdout.buffer.write(os.fsencode("".join(f"{line}\n" for line in lines)))
    sys.stdout.buffer.flush()


@app.command("status")
def status(*, as_json: Json = False) -> None:
    """Count the resources on the twin, by type."""
    command_context()
    store = shell.make(shell.folder())
    counts = store.records.execute("select type, count(*) from resources where ready group by type order by type").fetchall()
    rows = [{"resource": type_, "count": count} for type_, count in counts]
    show_rows(rows, ["resource", "count"], as_json=as_json, none="the twin has no resources yet; run `pulumi up --stack dev`")


@app.command("reset")
def reset() -> None:
    """Remove the twin, and the demo's clones of its repositories."""
    root = shell.folder()
    say(f"removed the twin in {root}" if remove(root) else f"there is no twin in {root}")
