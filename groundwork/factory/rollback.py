"""Restore the previous champion, in a promotion that a person starts."""

from __future__ import annotations

from functools import partial

from groundwork.contract.candidate import Candidate
from groundwork.contract.ledger_records import Completed, Json, latest
from groundwork.errors import GroundworkError
from groundwork.factory import champions
from groundwork.factory.ledger import Ledger
from groundwork.factory.machine import Done, PromotionLog, Step
from groundwork.factory.step_context import StepContext
from groundwork.factory.steps.checks import PIPELINE
from groundwork.factory.steps.release import now, schedule
from groundwork.ports.errors import Absent
from groundwork.ports.models import CHAMPION, Version
from groundwork.ports.warehouse import Warehouse


def plan(warehouse: Warehouse, table: str) -> tuple[int, str]:
    """Return the next row's number and the version to restore; raises GroundworkError if there was no other champion."""
    served = champions.history(warehouse, table)
    previous = champions.before(served)
    if previous is None:
        raise GroundworkError(
            "previous-champion-not-found",
            "the deployment has had no other champion" if served else "the deployment has no champion yet",
            "run `groundwork query 'SELECT * FROM serving'` to list all champions, or push a better candidate",
        )
    return served[-1].sequence + 1, previous.version


def candidate(deployment: str, sequence: int, *, to: Version, by: str, reason: str) -> Candidate:
    """Return the candidate of a rollback."""
    return Candidate(
        id=f"{deployment}-rollback-{sequence}", deployment=deployment, branch="", target=None, commit=to.labels["commit"],
        author=by, subject=reason, parent="", base="", back_to=to.key,
    )  # fmt: skip


def steps(context: StepContext) -> list[Step]:
    """Return the single step of a rollback."""
    return [Step("release", partial(run, context))]


def run(context: StepContext, promotion_log: PromotionLog) -> Done:
    """Change the schedule, the record of the serving version, and the alias; the results of its run are still stored."""
    here, to = context.settings.deployment, context.candidate.back_to
    version = next((each for each in context.models.versions(here.name) if each.key == to), None)
    if version is None:
        raise Absent(f"the version of {to} is no longer registered", "push the commit that it was made of again")
    if context.settings.schedule:
        compiled = f"{context.settings.records}/candidates/{to}/{PIPELINE}"
        schedule(context, promotion_log, pipeline=compiled, digest=_checks(context, to)["pipeline"])
    table = f"{here.dataset}.serving"
    row = {
        "sequence": champions.next_sequence(context.platform.warehouse, table),
        "candidate": context.candidate.id,
        "run": version.labels["run"],
        "version": version.version,
        "since": now(),
    }
    promotion_log.make("rows", "serving", table=table, batch=context.candidate.id, rows=[row])
    promotion_log.make("alias", "champion", project=here.project, model=here.name, alias=CHAMPION, version=version.version)
    context.say(f"rollback: version {version.version} of {here.name} is the champion of {context.settings.environment} again")
    return Done({"version": version.version, "run": version.labels["run"]})


def _checks(context: StepContext, candidate_: str) -> Json:
    records = Ledger(context.platform.objects, context.settings.ledger, candidate_).read()
    return latest(records, Completed)["checks"].output
