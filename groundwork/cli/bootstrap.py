"""Before an environment's first `up`: what must outlive it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groundwork.cli.options import Environment
from groundwork.cli.output import say, show_rows
from groundwork.onboarding import environment_files
from groundwork.twin.core import shell

if TYPE_CHECKING:
    from groundwork.operations.bootstrap import Bootstrapped


class Where(StrEnum):
    """Where it is made."""

    TWIN = "twin"
    GOOGLE = "google"


def bootstrap(
    environment: Environment = "dev",
    *,
    on: Annotated[Where, typer.Option(help="google: the real one, as whoever is signed in at this machine.")] = Where.TWIN,
) -> None:
    """Make what outlives an environment: the bucket for states, that of the audit log, the key of its data; safe to run again.

    The state of what is made here goes into that bucket, too; on Google so does the environment's, where it is on this machine.
    """
    checkout = shell.checkout()
    file = checkout / f"Pulumi.{environment}.yaml"
    environment_files.read(checkout, environment)
    done, up = (_on_google if on is Where.GOOGLE else _on_twin)(environment, file)
    columns = [name for name in ("state", "audit", "key") if name in done.outputs]
    show_rows([done.outputs], columns, as_json=False, none="")
    say(f"to encrypt with that key, name it as `encryption.key` in {file.name}; next: `{up}`")


def _on_twin(environment: str, file: Path) -> tuple[Bootstrapped, str]:
    from groundwork.operations.bootstrap_twin import bootstrap_on  # noqa: PLC0415  the Automation API takes its time to load

    root = shell.folder()
    say(f"on the twin in {root}")
    done = bootstrap_on(shell.make(root), environment, file)
    _say_made(done)
    return done, f"pulumi up --stack {environment}"


def _on_google(environment: str, file: Path) -> tuple[Bootstrapped, str]:
    from groundwork.operations import bootstrap_google as google  # noqa: PLC0415  as above
    from groundwork.operations.bootstrap import project_of  # noqa: PLC0415  as above

    variables = google.own(os.environ, _asking())
    say(f"on Google, in the project {project_of(file)}, as whoever is signed in at this machine")
    done = google.bootstrap_on_google(environment, file, variables)
    _say_made(done.bootstrapped)
    say(done.environment)
    return done.bootstrapped, f"PULUMI_BACKEND_URL={done.bootstrapped.outputs['state']} .venv/bin/pulumi up --stack {environment}"


def _asking() -> Callable[[], str] | None:
    """Return how to ask for a passphrase, where there is somebody to ask."""
    if not sys.stdin.isatty():
        return None
    return lambda: str(typer.prompt("A passphrase for the secrets in states", hide_input=True, confirmation_prompt=True))


def _say_made(done: Bootstrapped) -> None:
    made = done.changes.get("create", 0)
    same, other = done.changes.get("same", 0), {kind: n for kind, n in done.changes.items() if kind not in {"create", "same"}}
    rest = "".join(f", {count} {kind}" for kind, count in sorted(other.items()))
    say(f"{made} resources made, {same} there already{rest}")
    say(f"their state {'went from this machine into' if done.moved else 'is in'} {done.outputs['state']}")
