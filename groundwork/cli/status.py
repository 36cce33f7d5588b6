"""Promotions that have not ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from groundwork.cli.context import CommandContext, command_context
from groundwork.cli.options import Environment, Json
from groundwork.cli.output import say, show_rows
from groundwork.contract.candidate import next_action
from groundwork.contract.factory_settings import Settings
from groundwork.factory.in_progress import Marks
from groundwork.factory.ledger import candidates
from groundwork.factory.status import BROKEN, PromotionStatus, promotion_statuses
from groundwork.printable import printable

COLUMNS = ["candidate", "branch", "target", "state", "pull_request", "since"]


def status(
    environment: Environment = "dev",
    *,
    all_: Annotated[bool, typer.Option("--all", help="Include promotions that have ended.")] = False,
    as_json: Json = False,
) -> None:
    """List unfinished promotions and the resources of failed rollbacks.

    A promotion with a changed ledger has the state `ledger-changed` and does not hide the others. With `--json`, `reason` has the
    reason of an ending, of a wait, or of a broken ledger.
    """
    context = command_context()
    factories = context.factories(environment)
    if all_:
        promotions = all_promotions(context, factories)
    else:
        promotions = [promotion for promotion in in_progress(context, factories) if not promotion.ended]
    columns = [*COLUMNS, "reason"] if as_json else COLUMNS
    none = f"no promotion is in progress in `{environment}`"
    show_rows([row(promotion) for promotion in promotions], columns, as_json=as_json, none=none)
    for promotion in promotions:
        for line in _notes(promotion):
            say(f"{promotion.id}: {printable(line)}")


def in_progress(context: CommandContext, factories: Sequence[Settings], also: Sequence[str] = ()) -> list[PromotionStatus]:
    """Return the promotions that a mark names, and those in `also`, the last moved one first; some may just have ended."""
    ids: dict[str, list[str]] = {settings.ledger: list(also) for settings in factories}
    for settings in factories:
        marks = Marks(context.platform.objects, settings.records, settings.deployment.name).all()
        ids[settings.ledger] += [mark.candidate for mark in marks]
    return _newest_first(context, ids)


def all_promotions(context: CommandContext, factories: Sequence[Settings]) -> list[PromotionStatus]:
    """Return every promotion, the last moved one first; reads the whole ledger."""
    objects = context.platform.objects
    return _newest_first(context, {settings.ledger: candidates(objects, settings.ledger) for settings in factories})


def row(promotion: PromotionStatus) -> dict[str, object]:
    """Return a promotion as a row for people and programs."""
    candidate = promotion.candidate
    return {
        "candidate": printable(promotion.id),
        "branch": printable(candidate.branch) if candidate else "",
        "target": candidate.target or "" if candidate else "",
        "state": promotion.state,
        "pull_request": "" if promotion.number is None else f"#{promotion.number}",
        "since": promotion.since,
        "reason": printable(promotion.reason),
    }


def _newest_first(context: CommandContext, ids: dict[str, list[str]]) -> list[PromotionStatus]:
    objects = context.platform.objects
    promotions = [
        promotion for root, of_root in ids.items() for promotion in promotion_statuses(objects, root, sorted(set(of_root)))
    ]
    return sorted(promotions, key=lambda promotion: promotion.since, reverse=True)


def _notes(promotion: PromotionStatus) -> list[str]:
    """Return what a person has to know in addition to the row."""
    if promotion.state == BROKEN:
        return [f"{promotion.reason}; run `groundwork audit verify` to list the changed records"]
    hint = next_action(promotion.candidate, promotion.state) if promotion.candidate and promotion.ended else ""
    leftovers = [f"rollback failed: {leftover}" for leftover in promotion.leftovers]
    return [*leftovers, *([f"{promotion.state}: {promotion.reason}; {hint}"] if hint else [])]
