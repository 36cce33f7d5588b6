"""`python -P -m groundwork.factory`: what the factory's builds run. Reads commits only as data, through the forge."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile

from groundwork.errors import GroundworkError
from groundwork.factory.settings import Lane, Settings
from groundwork.printable import printable


def main(arguments: list[str]) -> int:
    """Run one command of the factory; return 0, or 1 where something is for a person to put right."""
    given = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="groundwork-factory-") as nowhere:
        os.chdir(nowhere)  # the folder that a build starts in is the candidate's
        try:
            return _run(given)
        except GroundworkError as error:
            sys.stdout.flush()
            sys.stderr.write(f"error: {printable(str(error))}\n")
            return 1
        finally:
            os.chdir("/")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -P -m groundwork.factory", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, help_ in (("push", "begin the promotion of a pushed commit"), ("lane", "say what a push outside of pipelines is")):
        command = commands.add_parser(name, help=help_)
        command.add_argument("--branch", required=True)
        command.add_argument("--commit", required=True)
        if name == "push":
            command.add_argument("--into", help="the branch that a person's pull request goes to", default=None)
    commands.add_parser("tick", help="move every promotion that has not ended")
    command = commands.add_parser("rollback", help="put the champion before this one back")
    command.add_argument("--by", required=True)
    command.add_argument("--because", required=True)
    return parser


def _run(given: argparse.Namespace) -> int:
    from groundwork import connect  # noqa: PLC0415  a wrong command is refused before the libraries load
    from groundwork.factory.promotions import Promotions  # noqa: PLC0415  as above

    if given.command == "lane":
        return _lane(given.branch, given.commit)
    promotions = Promotions(settings=Settings.current(), platform=connect(), build=os.environ["BUILD_ID"], say=_say)
    match given.command:
        case "push":
            return _code(promotions.push(given.branch, given.commit, into=given.into).ending)
        case "tick":
            return 1 if promotions.tick() else 0
        case _:
            return _code(promotions.roll_back(by=given.by, because=given.because).ending)


def _lane(branch: str, commit: str) -> int:
    from groundwork import connect  # noqa: PLC0415  as above
    from groundwork.factory.chain import since, target  # noqa: PLC0415  as above
    from groundwork.factory.lane import require_lane  # noqa: PLC0415  as above

    told = Lane.current()
    goes_to = target(told.chain, branch)
    if goes_to is None:
        _say("a platform change on the last branch: bring it about with `pulumi up`")
    else:
        forge = connect().forge(told.repository, told.forge_secret)
        before, trunk = since(told.chain, goes_to, forge.branches()), told.chain.branches[-1]
        require_lane(forge.changed(commit, since=before, trunk=trunk), "pipelines")
    return 0


def _code(ending: str) -> int:
    return 0 if ending in {"waiting", "promoted"} else 1


def _say(text: str) -> None:
    sys.stdout.write(printable(text) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
