"""The story of one promotion."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from groundwork.cli.audit import tell
from groundwork.cli.context import command_context
from groundwork.cli.output import Json, show
from groundwork.cli.status import Stack, ledgers
from groundwork.errors import GroundworkError
from groundwork.factory.ledger import Ledger
from groundwork.printable import printable


def ledger(
    candidate: Annotated[str, typer.Argument(help="A candidate, as `groundwork status --all` lists it.")],
    stack: Stack = "dev",
    *,
    as_json: Json = False,
) -> None:
    """Tell what was intended, made, decided and rolled back for one candidate, in order."""
    place = command_context()
    for root in ledgers(place, stack):
        if records := Ledger(place.platform.objects, root, candidate).read():
            if as_json:
                show(json.dumps([record.model_dump(mode="json") for record in records], indent=2))
            else:
                tell(records)
            return
    raise GroundworkError(
        "no-candidate", f"the ledger of `{stack}` has no `{printable(candidate)}`", "list them with `groundwork status --all`"
    )
