"""All commands, in the order of a person's day, and what happens when one of them fails.

A command's module is imported when the command runs or shows its own help: `groundwork --help` imports none of them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from groundwork.cli.failures import drop_output, explained
from groundwork.cli.output import say, show
from groundwork.contract.release import release

COMPLETION = "_GROUNDWORK_COMPLETE"
"""The variable by which a shell asks for completions."""

SECTIONS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "Set up": {
        "init": ("groundwork.cli.init:init", "Create a client repository."),
        "upgrade": ("groundwork.cli.upgrade:upgrade", "Merge a newer release into a client repository."),
        "client": ("groundwork.cli.client:app", "Add a client."),
        "environment": ("groundwork.cli.environment:app", "List and copy environments."),
        "check": ("groundwork.cli.check:check", "Validate an environment before deployment."),
        "bootstrap": ("groundwork.cli.bootstrap:bootstrap", "Create the resources that outlive an environment."),
        "completion": ("groundwork.cli.completion:completion", "Print the completion script for a shell."),
    },
    "Work": {
        "load": ("groundwork.cli.load:load", "Load a file into a raw table, or retract a batch."),
        "try": ("groundwork.cli.try_:try_notebook", "Run a notebook locally, the way the build does."),
        "query": ("groundwork.cli.query:query", "Query the tables of an environment with SQL."),
        "runs": ("groundwork.cli.runs:runs", "List builds and pipeline runs, newest first."),
        "logs": ("groundwork.cli.logs:logs", "Print the log of a build or of a pipeline run."),
    },
    "Review": {
        "review": ("groundwork.cli.review:app", "Read pull requests, and approve or reject them."),
    },
    "Operate": {
        "status": (
            "groundwork.cli.status:status",
            "List unfinished promotions and the resources of failed rollbacks.",
        ),
        "watch": ("groundwork.cli.watch:watch", "Print a line whenever a promotion moves."),
        "history": ("groundwork.cli.history:history", "Show the recorded history of one promotion or of all."),
        "reconcile": ("groundwork.cli.reconcile:reconcile", "Advance all promotions that have not ended."),
        "rollback": ("groundwork.cli.rollback:rollback", "Return a deployment to its previous champion."),
        "recover": ("groundwork.cli.recover:recover", "Clean up after a crash."),
        "audit": ("groundwork.cli.audit:app", "Verify the audit log."),
        "secret": ("groundwork.cli.secret:app", "Store the credentials that pipelines need."),
        "codeowners": ("groundwork.cli.codeowners:codeowners", "Print CODEOWNERS for the platform's files."),
    },
    "Twin, the local Google Cloud emulator": {
        "twin": ("groundwork.cli.twin:app", "Use, inspect and remove the twin."),
        "demo": ("groundwork.cli.demo.lifecycle:demo", "Show the whole lifecycle on the twin."),
        "demo-short": ("groundwork.cli.demo.short:demo_short", "Show the lifecycle up to an open pull request."),
    },
}
"""Each command by section and name: where it is defined, and its line in `groundwork --help`."""
COMMANDS = {name: command for section in SECTIONS.values() for name, command in section.items()}


def load_command(name: str) -> Any:
    """Import a command's module, and return the command as Typer runs it."""
    module, _, attribute = COMMANDS[name][0].partition(":")
    defined = getattr(import_module(module), attribute)
    if not isinstance(defined, typer.Typer):
        function, defined = defined, typer.Typer(add_completion=False, rich_markup_mode=None)
        defined.command(name)(function)
    command = typer.main.get_command(defined)
    command.name = name
    return command


class LazyGroup(TyperGroup):
    """Lists commands by name and help text, and imports a command's module when it is called."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self._completes = False
        for name, (_, text) in COMMANDS.items():
            self.add_command(TyperCommand(name, help=text))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command, imported."""
        return load_command(cmd_name) if cmd_name in COMMANDS and not self._completes else super().get_command(ctx, cmd_name)

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """Return completions of a command's name, without importing the commands."""
        self._completes = True
        return super().shell_complete(ctx, incomplete)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands in sections."""
        _ = ctx
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(max(map(len, COMMANDS))), text) for name, (_, text) in commands.items()])


app = typer.Typer(
    name="groundwork",
    cls=LazyGroup,
    help="An MLOps foundation on Google Cloud, and a model factory that evaluates, promotes and rolls back changes.\n\n"
    "Every command works on the twin, a local Google Cloud emulator, and needs no account.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(asked: bool) -> None:  # noqa: FBT001  Typer's own form of a callback
    if asked:
        show(f"groundwork {release()}")
        raise typer.Exit


@app.callback()
def options(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Hold the options of `groundwork` itself."""
    _ = version


def main() -> None:
    """Run a command. Data goes to stdout, messages to stderr; exit code 1 for an error with a hint, a traceback for a bug."""
    if COMPLETION in os.environ:
        from typer.completion import completion_init  # type: ignore[attr-defined]  # noqa: PLC0415  only a shell that completes pays for it

        completion_init()
    try:
        app()
    except Exception as error:
        expected = explained(error)
        if expected is None:
            raise
        if expected is not error:
            drop_output()
        say(f"error: {expected}")
        sys.exit(1)
