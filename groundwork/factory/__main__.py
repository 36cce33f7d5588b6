"""`python -P -m groundwork.factory`: what the factory's builds run. Reads commits only as data, through the Git provider."""

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
    from groundwork.factory.promotions import Promotions


def main(arguments: list[str]) -> int:
    """Run one command of the factory; return one of the exit codes of `apart`."""
    given = parser().parse_args(arguments)
    if given.settings:
        os.environ[FACTORY_VARIABLE] = given.settings
    with tempfile.TemporaryDirectory(prefix="groundwork-factory-") as nowhere:
        os.chdir(nowhere)  # the folder that a build starts in is the candidate's
        try:
            return _run(given)
        except GroundworkError as error:
            sys.stdout.flush()
            sys.stderr.write(f"error: {printable(str(error))}\n")
            return REFUSED
        except Exception:  # noqa: BLE001  its exit code tells it from what was refused
            sys.stdout.flush()
            traceback.print_exc()
            return BROKE
        finally:
            os.chdir("/")


def parser() -> argparse.ArgumentParser:
    """Return what understands a command's words."""
    parser = argparse.ArgumentParser(prog="python -P -m groundwork.factory", description=__doc__)
    # As an argument: Cloud Build takes 10,000 characters in one, and fewer in a variable. Processes of its own inherit them.
    parser.add_argument("--settings", help="what the factory is told of its environment, as JSON")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, help_ in (
        ("push", "begin the promotion of a pushed commit"),
        ("changes", "explain a push of platform files"),
    ):
        command = commands.add_parser(name, help=help_)
        command.add_argument("--branch", required=True)
        command.add_argument("--commit", required=True)
        if name == "push":
            command.add_argument("--into", help="the branch that a person's pull request goes to", default=None)
    commands.add_parser("reconcile", help="move every promotion that has not ended, each in a process of its own")
    commands.add_parser("checkpoint", help="have promotions that ended not read again by every verification")
    command = commands.add_parser("advance", help="move one promotion")
    command.add_argument("candidate")
    command.add_argument("--beside", action="append", default=[], help="another one of the same branch and target")
    commands.add_parser("died", help="note that a process died at a promotion").add_argument("candidate")
    command = commands.add_parser("retry", help="try a commit again whose promotion failed or expired")
    command.add_argument("--candidate", required=True)
    for asked in (command, commands.add_parser("rollback", help="put the champion before this one back")):
        asked.add_argument("--by", required=True)
        asked.add_argument("--reason", required=True)
    return parser


def run(promotions: Promotions, given: argparse.Namespace) -> int:
    """Run one command on the promotions of a deployment; return its exit code."""
    from groundwork.factory.machine import Busy, Taken  # noqa: PLC0415  a wrong command is refused before the libraries load
    from groundwork.factory.reconcile import Reconciliation, make_checkpoint  # noqa: PLC0415  as above

    match given.command:
        case "push":
            return _code(promotions.push(given.branch, given.commit, into=given.into).ending)
        case "reconcile":
            return REFUSED if Reconciliation(promotions).run() else WELL
        case "advance":
            try:
                promotions.advance(given.candidate, beside=given.beside)
            except (Busy, Taken) as error:  # others are at it: nothing is wrong
                promotions.say(f"{given.candidate}: {error.message}")
        case "died":
            promotions.died(given.candidate)
        case "checkpoint":
            make_checkpoint(promotions)
        case "retry":
            return _code(promotions.retry(given.candidate, by=given.by, reason=given.reason).ending)
        case "rollback":
            return _code(promotions.roll_back(by=given.by, reason=given.reason).ending)
    return WELL


def _run(given: argparse.Namespace) -> int:
    from groundwork import connect  # noqa: PLC0415  a wrong command is refused before the libraries load
    from groundwork.factory.promotions import Promotions  # noqa: PLC0415  as above

    if given.command == "changes":
        return _change_scope(given.branch, given.commit)
    promotions = Promotions(settings=Settings.current(), platform=connect(), build=os.environ["BUILD_ID"], say=_say)
    return run(promotions, given)


def _change_scope(branch: str, commit: str) -> int:
    from groundwork import connect  # noqa: PLC0415  as above
    from groundwork.contract.change_scope import require_pipeline_change  # noqa: PLC0415  as above
    from groundwork.factory.chain import since, target  # noqa: PLC0415  as above

    told = ChangeSettings.current()
    goes_to = target(told.chain, branch)
    if goes_to is None:
        _say("a platform change on the last branch: bring it about with `pulumi up`")
    else:
        git_provider = connect().git_provider(told.repository, told.git_provider_secret)
        before, trunk = since(told.chain, goes_to, git_provider.branches()), told.chain.branches[-1]
        require_pipeline_change(git_provider.changed(commit, since=before, trunk=trunk), "pipelines")
    return 0


def _code(ending: str) -> int:
    return WELL if ending in {"waiting", "promoted"} else NOT_PROMOTED


def _say(text: str) -> None:
    sys.stdout.write(printable(text) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
