"""What is under way in an environment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

from groundwork.cli.here import Here, here
from groundwork.cli.knock import factories
from groundwork.cli.output import Json, say, show_rows
from groundwork.factory.standing import Standing, standings
from groundwork.printable import printable

COLUMNS = ["candidate", "branch", "target", "state", "pull_request", "since"]
"""Of the table; JSON has `why` beside them: of the ending, or what is waited for."""
Stack = Annotated[str, typer.Option("--stack", help="The environment.")]


def status(
    stack: Stack = "dev", *, all_: Annotated[bool, typer.Option("--all", help="Ended ones too.")] = False, as_json: Json = False
) -> None:
    """Show every promotion that has not ended: where it stands, and what is stuck."""
    place = here()
    found = [each for each in listed(place, ledgers(place, stack)) if all_ or not each.ended]
    show_rows([row(each) for each in found], COLUMNS, as_json=as_json, none=f"no promotion is under way in `{stack}`")
    for each in found:
        for left in each.stuck:
            say(f"stuck: {each.candidate.id}: {printable(left)}")


def listed(place: Here, roots: Iterable[str]) -> list[Standing]:
    """Return every promotion in these ledgers, the one that moved last first."""
    found = [each for root in set(roots) for each in standings(place.platform.objects, root)]
    return sorted(found, key=lambda each: each.since, reverse=True)


def ledgers(place: Here, stack: str) -> list[str]:
    """Return where the promotions of an environment are written down."""
    return sorted({settings.ledger for settings in factories(place, stack)})


def row(each: Standing) -> dict[str, object]:
    """Return a promotion as a row for people and programs."""
    candidate = each.candidate
    return {
        "candidate": candidate.id,
        "branch": printable(candidate.branch),
        "target": candidate.target or "",
        "state": each.state,
        "pull_request": "" if each.number is None else f"#{each.number}",
        "since": each.since,
        "why": printable(each.why),
    }
