"""Release an approved candidate into the environment on its last branch, and merge it into the next branch of the chain."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from groundwork.factory import champions
from groundwork.factory.chain import last_here
from groundwork.factory.machine import Done, PromotionLog, Rejected
from groundwork.factory.step_context import StepContext
from groundwork.factory.steps import review
from groundwork.factory.steps.checks import PIPELINE
from groundwork.ports.errors import Conflict
from groundwork.ports.models import CHAMPION


def run(context: StepContext, promotion_log: PromotionLog) -> Done | Rejected:
    """Release the version that will serve, and merge last: all earlier changes can be rolled back."""
    candidate = context.candidate
    released = _into_the_environment(context, promotion_log) if last_here(context.settings.chain, candidate.target) else {}
    if candidate.target is None:
        return Done(released)
    if reason := review.withdrawn(context, promotion_log):
        return Rejected(reason)
    number = promotion_log.output("propose")["number"]
    # decision 10: a merge cannot be rolled back, so no step follows it
    try:
        merged = context.git_provider.merge(number, commit=candidate.commit)
    except Conflict as conflict:
        return Rejected(f"it cannot be merged into {candidate.target}: {conflict.message}")
    context.say(f"release: merged into {candidate.target} as {merged[:12]}")
    return Done({**released, "merge_commit": merged})


def _into_the_environment(context: StepContext, promotion_log: PromotionLog) -> dict[str, Any]:
    """Make every change that consumers see: results, schedule, the record of the serving version, and the alias last."""
    candidate, settings, here = context.candidate, context.settings, context.settings.deployment
    executed = promotion_log.output("execute")
    version = promotion_log.make(
        "version",
        "version",
        project=here.project,
        model=here.name,
        key=candidate.id,
        artifact=context.records,
        labels={"run": executed["run"], "commit": candidate.commit, "candidate": candidate.id},
    )["version"]
    copies = {
        table: {"url": f"{context.records}/tables/{table}.parquet", "digest": digest}
        for table, digest in promotion_log.output("capture")["tables"].items()
    }
    promotion_log.make("batches", "released", target=here.dataset, batch=executed["run"], copies=copies)
    if settings.schedule:
        pinned = promotion_log.output("checks")["pipeline"]
        schedule(context, promotion_log, pipeline=f"{context.records}/{PIPELINE}", digest=pinned)
    table = f"{here.dataset}.serving"
    number = champions.next_sequence(context.platform.warehouse, table)
    row = {"sequence": number, "candidate": candidate.id, "run": executed["run"], "version": version, "since": now()}
    promotion_log.make("rows", "serving", table=table, batch=candidate.id, rows=[row])
    promotion_log.make("alias", "champion", project=here.project, model=here.name, alias=CHAMPION, version=version)
    context.say(f"release: version {version} of {here.name} is the champion of {settings.environment}")
    return {"version": version, "run": executed["run"]}


def schedule(context: StepContext, promotion_log: PromotionLog, *, pipeline: str, digest: str) -> None:
    """Pin the schedule to one compiled pipeline."""
    here = context.settings.deployment
    promotion_log.make(
        "schedule",
        "schedule",
        project=here.project,
        name=here.name,
        cron=context.settings.schedule,
        pipeline=pipeline,
        digest=digest,
        service_account=here.runner,
    )


def now() -> str:
    """Return the time for a row."""
    return datetime.now(UTC).isoformat(timespec="seconds")
