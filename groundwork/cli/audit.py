"""The audit log: the ledger, told and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from groundwork.cli.here import here
from groundwork.cli.output import say, show
from groundwork.cli.status import Stack, ledgers
from groundwork.errors import GroundworkError
from groundwork.factory.audit import story, verify
from groundwork.factory.ledger import Ledger, candidates
from groundwork.printable import printable

app = typer.Typer(help="Who pushed, what ran, who decided what and why, what was made and unmade.", no_args_is_help=True)


@app.command("show")
def show_all(
    candidate: Annotated[str | None, typer.Argument(help="One of them; all without it.")] = None, stack: Stack = "dev"
) -> None:
    """Tell the story of every promotion of an environment, or of one."""
    place = here()
    for root in ledgers(place, stack):
        for each in candidates(place.platform.objects, root):
            if candidate in {None, each}:
                show(f"\n{each}")
                tell(Ledger(place.platform.objects, root, each).read())


@app.command("verify")
def verify_all(stack: Stack = "dev") -> None:
    """Find every record that was changed, removed or inserted; ends with 1 when there is one."""
    place = here()
    checked, found = 0, []
    for root in ledgers(place, stack):
        found += verify(place.platform.objects, root)
        checked += len(candidates(place.platform.objects, root))
    for finding in found:
        show(printable(str(finding)))
    if found:
        raise GroundworkError(
            "ledger-broken", f"{len(found)} records are not as they were written", "find out who may write to the ledger's bucket"
        )
    say(f"{checked} promotions checked: every record is as it was written")


def tell(records: Sequence[Mapping[str, Any]]) -> None:
    """Print the story of one promotion."""
    for line in story(records):
        show(f"  {line.at}  {' '.join(printable(line.text).split())}")  # one line each, whatever strangers wrote
