"""Compare the executed notebook with the commit's, so that reviewers approve what was executed."""

from __future__ import annotations

from groundwork.factory.executed_notebook import Differs, with_outputs
from groundwork.factory.machine import Done, PromotionLog, Rejected
from groundwork.factory.step_context import Work
from groundwork.factory.steps.capture import NOTEBOOK


def run(work: Work, promotion_log: PromotionLog) -> Done | Rejected:
    """Reject a candidate whose executed notebook has other cells than its commit."""
    try:
        executed_notebook(work, promotion_log)
    except Differs as differs:
        return Rejected(f"its executed copy is not the commit's {promotion_log.output('change')['notebook']}: {differs}")
    return Done({})


def executed_notebook(work: Work, promotion_log: PromotionLog) -> bytes:
    """Return the commit's notebook with what was put out when it was executed; raises Differs."""
    committed = work.git_provider.read(promotion_log.output("change")["notebook"], work.candidate.commit)
    return with_outputs(committed, work.kept(NOTEBOOK, promotion_log.output("capture")["notebook"]))
