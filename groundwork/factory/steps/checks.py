"""Check and compile the pushed pipeline before its notebook runs, and keep the compiled pipeline."""

from __future__ import annotations

from groundwork.factory.artifacts import PIPELINE_BYTES
from groundwork.factory.effects.copies import Unfit
from groundwork.factory.machine import Done, PromotionLog, Rejected
from groundwork.factory.step_context import StepContext
from groundwork.factory.steps.execute import submission

PIPELINE = "pipeline.yaml"


def run(context: StepContext, promotion_log: PromotionLog) -> Done | Rejected:
    """Submit the build of the checks; the compiled pipeline is copied before any cell of the notebook runs."""
    provided = promotion_log.output("provision")
    submitted = submission(context, provided, build="checks", key=f"{context.candidate.id}-checks")
    built = promotion_log.make("execution", "checks", temporary=True, **submitted)
    if built["status"] != "SUCCESS":
        return Rejected(f"its build {built['build']} ended as {built['status']}: {built['error']}")
    compiled = f"{provided['folder']}/executions/{built['build']}/{PIPELINE}"
    wanted = {PIPELINE: {"url": compiled, "most": PIPELINE_BYTES, "needed": True}}
    promotion_log.make("objects", "records", prefix=context.records)
    try:
        kept = promotion_log.make("copies", "compiled", folder=context.records, objects=wanted)["objects"][PIPELINE]
    except Unfit as fault:
        return Rejected(fault.message)
    context.say(f"checks: compiled pipeline {kept[:19]}…")
    return Done({"build": built["build"], "pipeline": kept})
