"""What is under way in an environment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from groundwork.cli.context import Here, command_context
from groundwork.cli.factory_builds import factories
from groundwork.cli.options import Environment, Json
from groundwork.cli.output import say, show_rows
from groundwork.contract.factory_settings import Settings
from groundwork.factory.candidate import way_out
from groundwork.factory.in_progress import Marks
from groundwork.factory.ledger import candidates
from groundwork.factory.status import BROKEN, Standing, standings
from groundwork.printable import printable

COLUMNS = ["candidate", "branch", "target", "state", "pull_request", "since"]
"""Of the table; JSON has `why` beside them: of the ending, what is waited for, or what is wrong with the ledger."""


def status(
    environment: Environment = "dev",
    *,
    all_: Annotated[bool, typer.Option("--all", help="Ended ones too.")] = False,
    as_json: Json = False,
) -> None:
    """Show every promotion that has not ended: where it stands, and what is stuck.

    One whose ledger is not as it was written has the state `ledger-broken`, and hides none of the others.
    """
    place = command_context()
    told = factories(place, environment)
    found = everything(place, told) if all_ else [each for each in under_way(place, told) if not each.ended]
    show_rows([row(each) for each in found], COLUMNS, as_json=as_json, none=f"no promotion is under way in `{environment}`")
    for each in found:
        for line in _explained(each):
            say(f"{each.id}: {printable(line)}")


def under_way(place: Here, told: Sequence[Settings], also: Sequence[str] = ()) -> list[Standing]:
    """Return what a mark names, ended a moment ago perhaps, and what else is asked for, the one that moved last first."""
    found: dict[str, list[str]] = {settings.ledger: list(also) for settings in told}
    for settings in told:
        marks = Marks(place.platform.objects, settings.records, settings.deployment.name).all()
        found[settings.ledger] += [mark.candidate for mark in marks]
    return _newest_first(place, found)


def everything(place: Here, told: Sequence[Settings]) -> list[Standing]:
    """Return every promotion there ever was, the one that moved last first: all of the ledger is read."""
    return _newest_first(place, {settings.ledger: candidates(place.platform.objects, settings.ledger) for settings in told})


def ledgers(place: Here, environment: str) -> list[str]:
    """Return where the promotions of an environment are written down."""
    return sorted({settings.ledger for settings in factories(place, environment)})


def row(each: Standing) -> dict[str, object]:
    """Return a promotion as a row for people and programs."""
    candidate = each.candidate
    return {
        "candidate": printable(each.id),
        "branch": printable(candidate.branch) if candidate else "",
        "target": candidate.target or "" if candidate else "",
        "state": each.state,
        "pull_request": "" if each.number is None else f"#{each.number}",
        "since": each.since,
        "why": printable(each.why),
    }


def _newest_first(place: Here, wanted: dict[str, list[str]]) -> list[Standing]:
    found = [each for root, ids in wanted.items() for each in standings(place.platform.objects, root, sorted(set(ids)))]
    return sorted(found, key=lambda each: each.since, reverse=True)


def _explained(each: Standing) -> list[str]:
    """Return what a person has to know of it beside its row."""
    if each.state == BROKEN:
        return [f"{each.why}; `groundwork audit verify` tells all that is wrong"]
    hint = way_out(each.candidate, each.state) if each.candidate and each.ended else ""
    return [*(f"stuck: {left}" for left in each.stuck), *([f"{each.state}: {each.why}; {hint}"] if hint else [])]
