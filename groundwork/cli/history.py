"""The recorded history of promotions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from groundwork.cli.context import command_context
from groundwork.cli.options import Environment, Json
from groundwork.cli.output import show
from groundwork.cli.status import ledgers
from groundwork.errors import GroundworkError
from groundwork.factory.history import story
from groundwork.factory.ledger import Ledger, candidates
from groundwork.factory.status import BROKEN
from groundwork.ports.errors import PortError
from groundwork.printable import printable


def history(
    candidate: Annotated[
        str | None, typer.Argument(help="A candidate, as `groundwork status --all` lists it. Default: all.", show_default=False)
    ] = None,
    environment: Environment = "dev",
    *,
    as_json: Json = False,
) -> None:
    """Show the history of one promotion or of all: intents, changes, review decisions and rollbacks, in order.

    Ends with exit code 1 if a ledger is broken; the histories of the other promotions are shown all the same. With `--json`,
    prints the records of the ledger by candidate.
    """
    context = command_context()
    objects = context.platform.objects
    histories: dict[str, Sequence[Mapping[str, Any]]] = {}
    broken: list[str] = []
    for root in ledgers(context, environment):
        for id_ in candidates(objects, root) if candidate is None else [candidate]:
            try:
                records = Ledger(objects, root, id_).read()
            except PortError:
                raise
            except GroundworkError as error:
                broken.append(id_)
                if not as_json:
                    show(f"\n{printable(id_)}\n  {BROKEN}: {printable(error.message)}")
                continue
            if records:
                histories[id_] = records
                if not as_json:
                    _print_story(id_, records)
    if as_json:
        show(json.dumps(histories, indent=2))
    if broken:
        raise GroundworkError(
            BROKEN,
            f"the ledger of {', '.join(map(printable, broken))} is broken",
            "run `groundwork audit verify` to list the changed records",
        )
    if candidate is not None and not histories:
        raise candidate_not_found(candidate, environment)


def candidate_not_found(candidate: str, environment: str) -> GroundworkError:
    """Return the error for a candidate that no ledger of an environment has."""
    return GroundworkError(
        "candidate-not-found",
        f"the environment `{environment}` has no candidate `{printable(candidate)}`",
        "list the candidates with `groundwork status --all`",
    )


def _print_story(candidate: str, records: Sequence[Mapping[str, Any]]) -> None:
    show(f"\n{printable(candidate)}")
    for line in story(records):
        show(f"  {line.at}  {' '.join(printable(line.text).split())}")  # one line each: the text comes from other people
