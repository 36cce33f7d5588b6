"""`python -P -m groundwork.factory`: the commands of the factory's builds. Commits are only data, read from the Git provider."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import traceback
from typing import TYPE_CHECKING

from groundwork.contract.factory_settings import ChangeSettings, Settings
from groundwork.contract.variables import FACTORY_VARIABLE
from groundwork.errors import GroundworkError
from groundwork.factory.child_process import BROKE, NOT_PROMOTED, REFUSED, WELL
from groundwork.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from groundwork.factory.promotions import Promotions


def main(argv: list[str]) -> int:
    """Run one command of the factory; return one of the exit codes of `run_child_process`."""
    arguments = parser().parse_args(argv)
    if arguments.settings:
        os.environ[FACTORY_VARIABLE] = arguments.settings
    with tempfile.TemporaryDirectory(prefix="groundwork-factory-") as empty:
        os.chdir(empty)  # a build starts in the candidate's folder
        try:
            return _run(arguments)
        except GroundworkError as error:
            sys.stdout.flush()
            sys.stderr.write(f"error: {printable(str(error))}\n")
            return REFUSED
        except Exception:  # noqa: BLE001  its exit code differs from that of a refusal
            sys.stdout.flush()
            traceback.print_exc()
            return BROKE
        finally:
            os.chdir("/")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the commands."""
    parser = argparse.ArgumentParser(prog="python -P -m groundwork.factory", description=__doc__)
    # An argument, as Cloud Build takes 10,000 characters in one and fewer in a variable. Child processes inherit them.
    parser.add_argument("--settings", help="the factory's settings, as JSON")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, help_ in (
        ("push", "start the promotion of a pushed commit"),
        ("changes", "explain a push of platform files"),
    ):
        command = commands.add_parser(name, help=help_)
        command.add_argument("--branch", required=True)
        command.add_argument("--commit", required=True)
        if name == "push":
            command.add_argument("--into", help="the branch that a person's pull request goes to", default=None)
    commands.add_parser("reconcile", help="advance every promotion that has not ended, each in a child process")
    commands.add_parser("checkpoint", help="write a checkpoint, so that verifications need not read ended promotions again")
    command = commands.add_parser("advance", help="advance one promotion")
    command.add_argument("candidate")
    command.add_argument("--beside", action="append", default=[], help="another one of the same branch and target")
    commands.add_parser("crashed", help="record that the process of `advance` crashed").add_argument("candidate")
    command = commands.add_parser("retry", help="evaluate a commit again after its promotion failed or expired")
    command.add_argument("--candidate", required=True)
    for command_of_a_person in (command, commands.add_parser("rollback", help="restore the previous champion")):
        command_of_a_person.add_argument("--by", required=True)
        command_of_a_person.add_argument("--reason", required=True)
    return parser


def run(promotions: Promotions, arguments: argparse.Namespace) -> int:
    """Run one command on the promotions of a deployment; return its exit code."""
    from groundwork.factory.machine import Busy, Taken  # noqa: PLC0415  a wrong command is refused before the libraries load
    from groundwork.factory.reconcile import Reconciliation, make_checkpoint  # noqa: PLC0415  as above

    match arguments.command:
        case "push":
            return _code(promotions.push(arguments.branch, arguments.commit, into=arguments.into).ending)
        case "reconcile":
            return REFUSED if Reconciliation(promotions).run() else WELL
        case "advance":
            try:
                promotions.advance(arguments.candidate, beside=arguments.beside)
            except (Busy, Taken) as error:  # another build advances it: not an error
                promotions.say(f"{arguments.candidate}: {error.message}")
        case "crashed":
            promotions.crashed(arguments.candidate)
        case "checkpoint":
            make_checkpoint(promotions)
        case "retry":
            return _code(promotions.retry(arguments.candidate, by=arguments.by, reason=arguments.reason).ending)
        case "rollback":
            return _code(promotions.roll_back(by=arguments.by, reason=arguments.reason).ending)
    return WELL


def _run(arguments: argparse.Namespace) -> int:
    from groundwork import connect  # noqa: PLC0415  a wrong command is refused before the libraries load
    from groundwork.factory.promotions import Promotions  # noqa: PLC0415  as above

    if arguments.command == "changes":
        return _change_scope(arguments.branch, arguments.commit)
    promotions = Promotions(
        settings=Settings.current(), platform=connect(), program=_program, build=os.environ["BUILD_ID"], say=_say
    )
    return run(promotions, arguments)


def _program(arguments: Mapping[str, Any]) -> Callable[[], None]:
    from stacks.candidate import program  # noqa: PLC0415  loads Pulumi

    return program(arguments)


def _change_scope(branch: str, commit: str) -> int:
    from groundwork import connect  # noqa: PLC0415  as above
    from groundwork.contract.change_scope import require_pipeline_change  # noqa: PLC0415  as above
    from groundwork.factory.chain import since, target  # noqa: PLC0415  as above

    settings = ChangeSettings.current()
    goes_to = target(settings.chain, branch)
    if goes_to is None:
        _say("a platform change on the last branch: apply it with `pulumi up`")
    else:
        git_provider = connect().git_provider(settings.repository, settings.git_provider_secret)
        before, trunk = since(settings.chain, goes_to, git_provider.branches()), settings.chain.branches[-1]
        require_pipeline_change(git_provider.changed(commit, since=before, trunk=trunk), "pipelines")
    return 0


def _code(ending: str) -> int:
    return WELL if ending in {"waiting", "promoted"} else NOT_PROMOTED


def _say(text: str) -> None:
    sys.stdout.write(printable(text) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
