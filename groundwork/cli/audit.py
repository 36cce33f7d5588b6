"""The audit log: the ledger, told and checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from groundwork.cli.context import command_context
from groundwork.cli.output import say, show
from groundwork.cli.status import Stack, ledgers
from groundwork.contract.ledger_records import Record
from groundwork.errors import GroundworkError
from groundwork.factory.audit import verified
from groundwork.factory.history import story
from groundwork.factory.ledger import Ledger, candidates
from groundwork.factory.status import BROKEN
from groundwork.ports.errors import PortError
from groundwork.printable import printable

app = typer.Typer(help="Who pushed, what ran, who decided what and why, what was made and rolled back.", no_args_is_help=True)


@app.command("show")
def show_all(
    candidate: Annotated[str | None, typer.Argument(help="One of them; all without it.")] = None, stack: Stack = "dev"
) -> None:
    """Tell the story of every promotion of an environment, or of one; ends with 1 when one cannot be told."""
    place, broken = command_context(), list[str]()
    for root in ledgers(place, stack):
        for each in candidates(place.platform.objects, root) if candidate is None else [candidate]:
            broken += _shown(Ledger(place.platform.objects, root, each))
    if broken:
        raise GroundworkError(
            BROKEN,
            f"the story of {', '.join(map(printable, broken))} cannot be told",
            "`groundwork audit verify` tells what is wrong",
        )


@app.command("verify")
def verify_all(
    stack: Stack = "dev",
    *,
    all_: Annotated[bool, typer.Option("--all", help="Read every record there ever was, what checkpoints hold too.")] = False,
) -> None:
    """Find every record that was changed, removed or inserted since the last checkpoint; ends with 1 when there is one.

    Of the promotions that a checkpoint holds it sees that they are there, and reads a sample, another one each time.
    """
    place = command_context()
    looked = [verified(place.platform.objects, root, everything=all_) for root in ledgers(place, stack)]
    found = [finding for each in looked for finding in each.findings]
    for finding in found:
        show(printable(str(finding)))
    if found:
        raise GroundworkError(
            BROKEN, f"{len(found)} records are not as they were written", "find out who may write to the ledger's bucket"
        )
    say(f"{sum(each.read for each in looked)} promotions checked: every record is as it was written")
    if held := sum(each.held for each in looked):
        say(f"{held} more are there, and were checked for a checkpoint; `groundwork audit verify --all` reads them again")


def tell(records: Sequence[Record]) -> None:
    """Print the story of one promotion."""
    for line in story(records):
        show(f"  {line.at}  {' '.join(printable(line.text).split())}")  # one line each, whatever strangers wrote


def _shown(ledger: Ledger) -> list[str]:
    """Print the story of one promotion, if there is one; return its name when it cannot be told."""
    try:
        records = ledger.read()
    except PortError:
        raise
    except GroundworkError as error:
        show(f"\n{printable(ledger.candidate)}\n  {BROKEN}: {printable(error.message)}")
        return [ledger.candidate]
    if records:
        show(f"\n{printable(ledger.candidate)}")
        tell(records)
    return []
