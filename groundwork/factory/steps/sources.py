"""Compare the executed notebook with the commit's, so that reviewers approve the executed code."""

from __future__ import annotations

from groundwork.factory.executed_notebook import Differs, with_outputs
from groundwork.factory.machine import Done, PromotionLog, Rejected
from groundwork.factory.step_context import StepContext
from groundwork.factory.steps.capture import NOTEBOOK


def run(context: StepContext, promotion_log: PromotionLog) -> Done | Rejected:
    """Reject a candidate if its executed notebook has other cells than its commit."""
    try:
        executed_notebook(context, promotion_log)
    except Differs as differs:
        return Rejected(f"its executed copy is not the commit's {promotion_log.output('change')['notebook']}: {differs}")
    return Done({})


def executed_notebook(context: StepContext, promotion_log: PromotionLog) -> bytes:
    """Return the commit's notebook with the outputs of its execution; raises Differs."""
    committed = context.git_provider.read(promotion_log.output("change")["notebook"], context.candidate.commit)
    return with_outputs(committed, context.kept(NOTEBOOK, promotion_log.output("capture")["notebook"]))
