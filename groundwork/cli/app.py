"""All commands, and what happens when one of them fails."""

from __future__ import annotations

import sys

import typer

from groundwork.cli import (
    audit,
    bootstrap,
    check,
    client,
    codeowners,
    environment,
    init,
    ledger,
    load,
    logs,
    query,
    reconcile,
    recover,
    retry,
    review,
    rollback,
    runs,
    secret,
    status,
    try_,
    twin,
    upgrade,
    watch,
)
from groundwork.cli.demo import lifecycle, short
from groundwork.cli.failures import drop_output, explained
from groundwork.cli.output import say

app = typer.Typer(
    name="groundwork",
    help="Lay an MLOps foundation on Google Cloud, and try all of it on this machine first.\n\n"
    "Every command works on the local twin; none of them needs an account.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("init")(init.init)
app.command("upgrade")(upgrade.upgrade)
app.command("demo")(lifecycle.demo)
app.command("bootstrap")(bootstrap.bootstrap)
app.command("demo-short")(short.demo_short)
app.add_typer(twin.app, name="twin")
app.add_typer(review.app, name="review")
review.app.command("retry")(retry.retry)
app.command("status")(status.status)
app.command("watch")(watch.watch)
app.command("reconcile")(reconcile.reconcile)
app.command("rollback")(rollback.rollback)
app.command("ledger")(ledger.ledger)
app.add_typer(audit.app, name="audit")
app.add_typer(secret.app, name="secret")
app.command("load")(load.load)
app.command("try")(try_.try_notebook)
app.command("runs")(runs.runs)
app.command("logs")(logs.logs)
app.command("query")(query.query)
app.command("recover")(recover.recover)
app.add_typer(client.app, name="client")
app.add_typer(environment.app, name="environment")
app.command("check")(check.check)
app.command("codeowners")(codeowners.codeowners)


def main() -> None:
    """Run a command: data to stdout, talk to stderr; 1 for what the user can put right, a traceback for a bug."""
    try:
        app()
    except Exception as error:
        told = explained(error)
        if told is None:
            raise
        if told is not error:
            drop_output()
        say(f"error: {told}")
        sys.exit(1)
