"""Copy the candidate's results once, for evaluation and release, and end the candidate's grants."""

from __future__ import annotations

from groundwork.factory.artifacts import NOTEBOOK_BYTES, OWN_REPORT_BYTES
from groundwork.factory.effects.copies import Unfit
from groundwork.factory.gate import evaluated
from groundwork.factory.machine import Done, Json, PromotionLog, Rejected, Wait
from groundwork.factory.step_context import StepContext

NOTEBOOK, OWN_REPORT = "notebook.ipynb", "own-report.json"
LATE = "late"


def run(context: StepContext, promotion_log: PromotionLog) -> Done | Rejected | Wait:
    """Keep notebook, own report and evaluated tables with their digests; wait while stack or folder cannot be rolled back."""
    provided, executed = promotion_log.output("provision"), promotion_log.output("execute")
    try:
        kept = promotion_log.make(
            "copies",
            "results",
            folder=context.records,
            objects=_objects(provided["folder"], executed),
            dataset=provided["deployment"]["dataset"],
            tables=evaluated(context.settings.deployment.pipeline),
            batch=executed["run"],
        )
    except Unfit as fault:
        return Rejected(fault.message)
    if leftovers := _end_grants(context, promotion_log, provided):
        return Wait(f"the candidate's stack or folder is not rolled back: {leftovers}")
    context.say(f"capture: {len(kept['tables'])} tables, notebook {kept['objects'][NOTEBOOK][:19]}…")
    return Done({"notebook": kept["objects"][NOTEBOOK], "own_report": kept["objects"][OWN_REPORT], "tables": kept["tables"]})


def _objects(folder: str, executed: Json) -> Json:
    notebook = f"{folder}/executions/{executed['build']}/{NOTEBOOK}"
    report = f"{folder}/runs/{executed['run']}/report.json"
    return {
        NOTEBOOK: {"url": notebook, "most": NOTEBOOK_BYTES, "needed": True},
        OWN_REPORT: {"url": report, "most": OWN_REPORT_BYTES, "needed": False},
    }


def _end_grants(context: StepContext, promotion_log: PromotionLog, provided: Json) -> str:
    """Roll back the candidate's stack and folder; return their leftovers and the manual removal.

    An access token that was copied out of the build stays valid for a while, and the identity may write to its folder. No step
    reads objects that are written there now, and the end of the promotion deletes them.
    """
    leftovers = [
        text for key in ("stack", "folder") if not promotion_log.rolled_back(key) and (text := promotion_log.roll_back(key))
    ]
    if not leftovers:
        promotion_log.make("objects", LATE, temporary=True, prefix=context.identity_folder(provided["identity"]), clear=True)
    return "; ".join(leftovers)
