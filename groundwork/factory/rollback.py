"""Restore the previous champion, in a promotion that a person starts."""

from __future__ import annotations

from functools import partial

from groundwork.contract.candidate import Candidate
from groundwork.contract.ledger_records import Completed, Json, latest
from groundwork.errors import GroundworkError
from groundwork.factory import champions
from groundwork.factory.ledger import Ledger
from groundwork.factory.machine import Done, PromotionLog, Step
from groundwork.factory.step_context import Work
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


def steps(work: Work) -> list[Step]:
    """Return the single step of a rollback."""
    return [Step("release", partial(run, work))]


def run(work: Work, promotion_log: PromotionLog) -> Done:
    """Change schedule, the record of what serves, and the alias; the forecasts of then are still there."""
    here, to = work.settings.deployment, work.candidate.back_to
    version = next((each for each in work.models.versions(here.name) if each.key == to), None)
    if version is None:
        raise Absent(f"the version of {to} is no longer registered", "push the commit that it was made of again")
    if work.settings.schedule:
        compiled = f"{work.settings.records}/candidates/{to}/{PIPELINE}"
        schedule(work, promotion_log, pipeline=compiled, digest=_checks(work, to)["pipeline"])
    table = f"{here.dataset}.serving"
    row = {
        "sequence": champions.next_sequence(work.platform.warehouse, table),
        "candidate": work.candidate.id,
        "run": version.labels["run"],
        "version": version.version,
        "since": now(),
    }
    promotion_log.make("rows", "serving", table=table, batch=work.candidate.id, rows=[row])
    promotion_log.make("alias", "champion", project=here.project, model=here.name, alias=CHAMPION, version=version.version)
    work.say(f"rollback: version {version.version} of {here.name} is the champion of {work.settings.environment} again")
    return Done({"version": version.version, "run": version.labels["run"]})


def _checks(work: Work, candidate_: str) -> Json:
    records = Ledger(work.platform.objects, work.settings.ledger, candidate_).read()
    return latest(records, Completed)["checks"].output
