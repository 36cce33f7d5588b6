"""Render the report that reviewers see, and keep the page and its digest, which the review decision must be on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groundwork.factory.artifacts import PIPELINE_BYTES, TooLarge, digest, read_bounded
from groundwork.factory.chain import last_here
from groundwork.factory.change import read_change
from groundwork.factory.gate import GateResult
from groundwork.factory.machine import Done, PromotionLog, Rejected
from groundwork.factory.step_context import StepContext
from groundwork.factory.steps.capture import OWN_REPORT
from groundwork.factory.steps.change import SPLIT
from groundwork.factory.steps.checks import PIPELINE
from groundwork.factory.steps.sources import executed_notebook
from groundwork.ports.errors import Absent
from groundwork.sdk.evaluation import Evaluation

if TYPE_CHECKING:
    from groundwork.factory.report.report_input import Material, Plan

PAGE = "report.html"


def run(context: StepContext, promotion_log: PromotionLog) -> Done | Rejected:
    """Render the report from the commit and the kept results; reject a change that the report cannot show in full."""
    from groundwork.factory.report.render import render  # noqa: PLC0415  only this step needs its libraries

    rendered = render(_material(context, promotion_log))
    if context.candidate.target and rendered.unseen:
        return Rejected(f"{rendered.unseen} {SPLIT}")
    context.keep(PAGE, rendered.html)
    context.say(f"report: {context.records}/{PAGE}")
    return Done({"digest": rendered.digest, "summary": rendered.summary, "page": f"{context.records}/{PAGE}"})


def _material(context: StepContext, promotion_log: PromotionLog) -> Material:
    from groundwork.factory.report.report_input import Compiled, Material  # noqa: PLC0415  as above

    candidate, here = context.candidate, context.settings.deployment
    provided, executed, kept = promotion_log.output("provision"), promotion_log.output("execute"), promotion_log.output("capture")
    decision = GateResult.model_validate(promotion_log.output("gate")["decision"])
    change, notebook = (
        read_change(context.git_provider, candidate, context.settings.chain),
        promotion_log.output("change")["notebook"],
    )
    committed, altered = executed_notebook(context, promotion_log), change.of(notebook)
    return Material(
        candidate=candidate.id,
        branch=candidate.branch,
        next_branch=candidate.target or "",
        commit=candidate.commit,
        author=candidate.author,
        subject=candidate.subject,
        environment=context.settings.environment,
        deployment=here.name,
        build=executed["build"],
        run=executed["run"],
        identity=provided["identity"],
        address=f"{context.records}/{PAGE}",
        passed=decision.passed,
        reasons=tuple((reason.text, reason.ok) for reason in decision.reasons),
        evaluation=Evaluation.model_validate_json(context.kept("evaluation.json", promotion_log.output("gate")["evaluation"])),
        own_report=context.kept(OWN_REPORT, kept["own_report"]) if kept["own_report"] else None,
        plan=_plan(context, promotion_log),
        lineage=(
            ("Executed notebook", kept["notebook"]),
            ("Compiled pipeline", promotion_log.output("checks")["pipeline"]),
            ("Raw data that the gate measured on", here.raw),
            ("Data that the candidate knew", context.settings.training_views),
            *((f"Rows of {table}", digest) for table, digest in sorted(kept["tables"].items())),
            ("Platform's image", context.settings.image),
        ),
        change=change,
        compiled=Compiled(now=context.kept(PIPELINE, promotion_log.output("checks")["pipeline"]), before=_pinned(context)),
        notebook=committed,
        notebook_before=altered.content_before if altered else committed,
    )


def _plan(context: StepContext, promotion_log: PromotionLog) -> Plan:
    from groundwork.factory.report.report_input import Change, Plan  # noqa: PLC0415  as above

    made = tuple((kind, name) for kind, name in promotion_log.output("provision")["resources"])
    if not last_here(context.settings.chain, context.candidate.target):
        return Plan(made=made)
    here, settings = context.settings.deployment, context.settings
    champion = promotion_log.output("gate")["champion"]
    pinned = context.platform.schedules(here.project).get(here.name) if settings.schedule else None
    schedule = Change(before=pinned.digest if pinned else "", after=promotion_log.output("checks")["pipeline"])
    return Plan(
        made=made,
        champion=Change(before=f"version {champion}" if champion else "", after=f"the version of {context.candidate.id}"),
        schedule=schedule if settings.schedule else None,
        lines=(f"The evaluated rows are copied into {here.dataset} and serve there.",),
    )


def _pinned(context: StepContext) -> bytes | None:
    """Return the pipeline that the schedule runs now; None without a schedule, or if the file is not the pinned one."""
    schedule = context.platform.schedules(context.settings.deployment.project).get(context.settings.deployment.name)
    if schedule is None or not schedule.pipeline.startswith(f"{context.settings.records}/"):
        return None
    try:
        content = read_bounded(context.platform.objects, schedule.pipeline, PIPELINE_BYTES)
    except (Absent, TooLarge):
        return None
    return content if digest(content) == schedule.digest else None
