"""What is under way in an environment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from groundwork.cli.context import Here, command_context
from groundwork.cli.factory_builds import factories
from groundwork.cli.output import Json, say, show_rows
from groundwork.contract.candidate import next_action
from groundwork.contract.factory_settings import Settings
from groundwork.factory.in_progress import Marks
from groundwork.factory.ledger import candidates
from groundwork.factory.status import BROKEN, PromotionStatus, promotion_statuses
from groundwork.printable import printable

COLUMNS = ["candidate", "branch", "target", "state", "pull_request", "since"]
"""Of the table; JSON has `why` beside them: of the ending, what is waited for, or what is wrong with the ledger."""
Stack = Annotated[str, typer.Option("--stack", help="The environment.")]


def status(
    stack: Stack = "dev", *, all_: Annotated[bool, typer.Option("--all", help="Ended ones too.")] = False, as_json: Json = False
) -> None:
    """Show every promotion that has not ended: where it stands, and what is stuck.

    One whose ledger is not as it was written has the state `ledger-changed`, and hides none of the others.
    """
    place = command_context()
    told = factories(place, stack)
    found = everything(place, told) if all_ else [each for each in under_way(place, told) if not each.ended]
    show_rows([row(each) for each in found], COLUMNS, as_json=as_json, none=f"no promotion is under way in `{stack}`")
    for each in found:
        for line in _explained(each):
            say(f"{each.id}: {printable(line)}")


def under_way(place: Here, told: Sequence[Settings], also: Sequence[str] = ()) -> list[PromotionStatus]:
    """Return what a mark names, ended a moment ago perhaps, and what else is asked for, the one that moved last first."""
    found: dict[str, list[str]] = {settings.ledger: list(also) for settings in told}
    for settings in told:
        marks = Marks(place.platform.objects, settings.records, settings.deployment.name).all()
        found[settings.ledger] += [mark.candidate for mark in marks]
    return _newest_first(place, found)


def everything(place: Here, told: Sequence[Settings]) -> list[PromotionStatus]:
    """Return every promotion there ever was, the one that moved last first: all of the ledger is read."""
    return _newest_first(place, {settings.ledger: candidates(place.platform.objects, settings.ledger) for settings in told})


def ledgers(place: Here, stack: str) -> list[str]:
    """Return where the promotions of an environment are written down."""
    return sorted({settings.ledger for settings in factories(place, stack)})


def row(each: PromotionStatus) -> dict[str, object]:
    """Return a promotion as a row for people and programs."""
    candidate = each.candidate
    return {
        "candidate": printable(each.id),
        "branch": printable(candidate.branch) if candidate else "",
        "target": candidate.target or "" if candidate else "",
        "state": each.state,
        "pull_request": "" if each.number is None else f"#{each.number}",
        "since": each.since,
        "why": printable(each.reason),
    }


def _newest_first(place: Here, wanted: dict[str, list[str]]) -> list[PromotionStatus]:
    found = [each for root, ids in wanted.items() for each in promotion_statuses(place.platform.objects, root, sorted(set(ids)))]
    return sorted(found, key=lambda each: each.since, reverse=True)


def _explained(each: PromotionStatus) -> list[str]:
    """Return what a person has to know of it beside its row."""
    if each.state == BROKEN:
        return [f"{each.reason}; `groundwork audit verify` tells all that is wrong"]
    hint = next_action(each.candidate, each.state) if each.candidate and each.ended else ""
    return [*(f"rollback failed: {leftover}" for leftover in each.leftovers), *([f"{each.state}: {each.reason}; {hint}"] if hint else [])]
