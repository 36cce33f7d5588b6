"""The local twin: its environment for a shell, what is in it, and an end to it."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import typer

from groundwork.cli import by_hand
from groundwork.cli.here import here
from groundwork.cli.output import Json, say, show, show_rows
from groundwork.errors import GroundworkError
from groundwork.twin import environment

app = typer.Typer(help="The local twin of Google Cloud.", no_args_is_help=True)


@app.command("env")
def env() -> None:
    """Print the variables that send a shell to the twin, made where it is not there yet: eval "$(groundwork twin env)"."""
    root = environment.folder()
    by_hand.prepare(root, environment.checkout())
    for name, value in environment.variables(root).items():
        show(f"export {name}={shlex.quote(value)}")
    show("unset PULUMI_CONFIG_PASSPHRASE")  # a person's own has the say over the twin's, which is in a file
    say(f"this shell now works on the twin in {root}; `pulumi up --stack dev` lays the dev environment")


@app.command("status")
def status(*, as_json: Json = False) -> None:
    """Show how much of what there is on the twin."""
    home = environment.make(here().root)
    counted = home.records.execute("select type, count(*) from resources where ready group by type order by type").fetchall()
    rows = [{"resource": kind, "count": count} for kind, count in counted]
    show_rows(rows, ["resource", "count"], as_json=as_json, none="nothing is on this twin yet; run `pulumi up --stack dev`")


@app.command("reset")
def reset() -> None:
    """Put everything back to nothing: the twin and the demo's checkout."""
    root = environment.folder()
    if not (root / "twin.sqlite").is_file():
        say(f"there is no twin in {root}; nothing to do")
        return
    if working := _working(root):
        raise GroundworkError(
            "twin-busy", f"builds are running on the twin: {', '.join(working)}", "wait for them, or end them first"
        )
    trash = root.with_name(f"{root.name}-removed")
    shutil.rmtree(trash, ignore_errors=True)
    root.rename(trash)
    for folder in (trash, root.parent / "demo"):
        _remove(folder)
    say(f"removed the twin in {root}")


def _working(root: Path) -> list[str]:
    from groundwork.adapters.connect import connect  # noqa: PLC0415  only a reset asks

    return [build.id for build in connect(f"twin:{root}").builds.builds() if build.status == "WORKING"]


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
