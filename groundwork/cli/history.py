"""The recorded history of promotions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from groundwork.cli.context import CommandContext, command_context
from groundwork.cli.options import Environment, Json
from groundwork.cli.output import show
from groundwork.contract.ledger_records import Record
from groundwork.errors import GroundworkError
from groundwork.factory.history import story
from groundwork.factory.ledger import Ledger, candidates
from groundwork.factory.status import BROKEN
from groundwork.ports.errors import PortError
from groundwork.printable import one_line, printable


def history(
    candidate: Annotated[
        str | None, typer.Argument(help="A candidate, as `groundwork status --all` lists it. Default: all.", show_default=False)
    ] = None,
    environment: Environment = "dev",
    *,
    as_json: Json = False,
) -> None:
    """Show the recorded history of one promotion or of all: intents, changes, review decisions and rollbacks, in order.

    A broken ledger does not hide the others; the command then ends with exit code 1. With `--json`, prints the records of the
    ledger by candidate.
    """
    context = command_context()
    broken: dict[str, str] = {}
    histories: dict[str, Sequence[Record]] = {}
    for ledger in _ledgers(context, environment, candidate):
        try:
            records = ledger.read()
        except PortError:
            raise
        except GroundworkError as error:
            broken[ledger.candidate] = error.message
        else:
            histories |= {ledger.candidate: records} if records else {}
    if candidate and not histories and not broken:
        raise candidate_not_found(candidate, environment)
    if as_json:
        records_of = {id_: [record.model_dump(mode="json") for record in records] for id_, records in histories.items()}
        show(json.dumps(records_of, indent=2))
    else:
        _print(histories, broken)
    if broken:
        raise GroundworkError(
            BROKEN,
            f"the ledger of {', '.join(map(printable, broken))} is broken",
            "run `groundwork audit verify` to list the records that were changed, removed or inserted",
        )


def candidate_not_found(candidate: str, environment: str) -> GroundworkError:
    """Return the error for a candidate that no ledger of an environment has."""
    return GroundworkError(
        "candidate-not-found",
        f"the environment `{environment}` has no candidate `{printable(candidate)}`",
        "list the candidates with `groundwork status --all`",
    )


def _ledgers(context: CommandContext, environment: str, candidate: str | None) -> list[Ledger]:
    objects = context.platform.objects
    return [
        Ledger(objects, root, id_)
        for root in context.ledgers(environment)
        for id_ in ([candidate] if candidate else candidates(objects, root))
    ]


def _print(histories: Mapping[str, Sequence[Record]], broken: Mapping[str, str]) -> None:
    for candidate, records in histories.items():
        show(f"\n{printable(candidate)}")
        for line in story(records):
            show(f"  {line.at}  {one_line(line.text)}")  # one line each: other people wrote the text
    for candidate, message in broken.items():
        show(f"\n{printable(candidate)}\n  {BROKEN}: {printable(message)}")
