"""Evaluate the candidate's results on actuals that the candidate never had."""

from __future__ import annotations

from groundwork.factory.artifacts import frame
from groundwork.factory.gate import evaluation_for, gate
from groundwork.factory.machine import Done, PromotionLog, Rejected
from groundwork.factory.raw_data import require_same
from groundwork.factory.step_context import StepContext
from groundwork.sdk.evaluation import CandidateResults, Case, ChampionResults


def run(context: StepContext, promotion_log: PromotionLog) -> Done | Rejected:
    """Measure the copy of the candidate's results, compare it with the environment's thresholds, and keep the evaluation."""
    require_same(context, promotion_log.output("provision")["raw"])
    deployment, champion = context.settings.deployment, context.champion()
    case = Case(
        warehouse=context.platform.warehouse,
        raw=deployment.raw,
        holdout_weeks=deployment.holdout_weeks,
        candidate=_copied(context, promotion_log),
        champion=ChampionResults(dataset=deployment.dataset, run=champion.labels["run"]) if champion else None,
    )
    evaluation = evaluation_for(deployment.pipeline, case)
    decision = gate(evaluation, context.settings.gate)
    kept = context.keep("evaluation.json", evaluation.model_dump_json().encode())
    for reason in decision.reasons:
        context.say(f"gate: {'' if reason.ok else 'FAILED: '}{reason.text}")
    if not decision.passed:
        return Rejected("the gate: " + "; ".join(reason.text for reason in decision.reasons if not reason.ok))
    return Done({"decision": decision.model_dump(mode="json"), "evaluation": kept, "champion": champion and champion.version})


def _copied(context: StepContext, promotion_log: PromotionLog) -> CandidateResults:
    tables = promotion_log.output("capture")["tables"]
    return CandidateResults(
        run=promotion_log.output("execute")["run"],
        tables={table: frame(context.kept(f"tables/{table}.parquet", digest)) for table, digest in tables.items()},
    )
