"""Resources that must exist before an environment's first `up`, and that outlive the environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from groundwork.adapters import connect
from groundwork.cli.options import Environment
from groundwork.cli.output import say, show_rows
from groundwork.onboarding import environment_files
from groundwork.operations.bootstrap import Bootstrapped, bootstrap_session, project_of
from groundwork.project import checkout


class Target(StrEnum):
    """Where the resources are created."""

    TWIN = "twin"
    GOOGLE = "google"


def bootstrap(
    environment: Environment = "dev",
    *,
    on: Annotated[
        Target, typer.Option(help="twin: the local emulator. google: Google Cloud, with the credentials of this machine.")
    ] = Target.TWIN,
) -> None:
    """Create the resources that outlive an environment: buckets for states and the audit log, and the key of its data.

    Safe to repeat. The state of these resources is kept in the bucket for states. On Google, the environment's own state is moved
    there as well, if it is on this machine.
    """
    folder = checkout()
    environment_files.read(folder, environment)
    file = environment_files.path(folder, environment)
    done, up = (_on_google if on is Target.GOOGLE else _on_twin)(environment, file)
    columns = [name for name in ("state", "audit", "key") if name in done.outputs]
    show_rows([done.outputs], columns, as_json=False, none="")
    say(f"to encrypt data with this key, set `encryption.key` in {file.name}; next: `{up}`")


def _on_twin(environment: str, file: Path) -> tuple[Bootstrapped, str]:
    session = connect.session()
    say(f"on {session.location}")
    session.prepare()
    done = bootstrap_session(session, environment, file)
    _report(done)
    return done, f"pulumi up --stack {environment}"


def _on_google(environment: str, file: Path) -> tuple[Bootstrapped, str]:
    from groundwork.operations import bootstrap_google as google  # noqa: PLC0415  Google by intent only

    variables = google.own(os.environ, _passphrase_prompt())
    say(f"on Google Cloud, in the project {project_of(file)}, with the credentials of this machine")
    done = google.bootstrap_on_google(environment, file, variables)
    _report(done.bootstrapped)
    say(done.environment)
    return done.bootstrapped, f"PULUMI_BACKEND_URL={done.bootstrapped.outputs['state']} .venv/bin/pulumi up --stack {environment}"


def _passphrase_prompt() -> Callable[[], str] | None:
    """Return a function that asks for a passphrase; None if the command does not run in a terminal."""
    if not sys.stdin.isatty():
        return None
    return lambda: str(typer.prompt("A passphrase for the secrets in states", hide_input=True, confirmation_prompt=True))


def _report(done: Bootstrapped) -> None:
    created, same = done.changes.get("create", 0), done.changes.get("same", 0)
    others = {operation: count for operation, count in done.changes.items() if operation not in {"create", "same"}}
    rest = "".join(f", {count} {operation}" for operation, count in sorted(others.items()))
    say(f"{created} resources created, {same} unchanged{rest}")
    say(f"their state {'was moved from this machine to' if done.moved else 'is in'} {done.outputs['state']}")
