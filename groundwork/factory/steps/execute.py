"""Run the candidate's notebook in a build with the leased identity."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from groundwork.factory.machine import Done, PromotionLog, Rejected
from groundwork.factory.release_files import build_file
from groundwork.factory.step_context import StepContext


def run(context: StepContext, promotion_log: PromotionLog) -> Done | Rejected:
    """Submit the build, and find the one run of the pipeline that can be evaluated."""
    candidate, provided = context.candidate, promotion_log.output("provision")
    submitted = submission(
        context, provided, build="candidate", key=candidate.id, _NOTEBOOK=promotion_log.output("change")["notebook"]
    )
    built = promotion_log.make("execution", "build", temporary=True, **submitted)
    if built["status"] != "SUCCESS":
        return Rejected(f"its build {built['build']} ended as {built['status']}: {built['error']}")
    done = [each for each in context.platform.runner.runs() if each.build == built["build"] and each.status == "succeeded"]
    if len(done) != 1:
        return Rejected(f"its notebook ran the pipeline {len(done)} times to success; exactly one run can be evaluated")
    pinned = promotion_log.output("checks")["pipeline"]
    if done[0].compiled != pinned:
        ran = done[0].compiled[:19] or "nothing that kfp compiles"
        return Rejected(f"its notebook ran another pipeline than pipeline.py: {ran}, where that compiles to {pinned[:19]}")
    context.say(f"execute: run {done[0].id}")
    return Done({"build": built["build"], "run": done[0].id})


def submission(context: StepContext, provided: Mapping[str, Any], *, build: str, key: str, **more: str) -> dict[str, Any]:
    """Return a build of the candidate's commit, as the candidate's identity, from a file of the release and with a unique key.

    `more` are the substitutions of this file only.
    """
    candidate, settings = context.candidate, context.settings
    return {
        "dataset": provided["deployment"]["dataset"],
        "key": key,
        "project": settings.deployment.project,
        "region": settings.deployment.region,
        "repository": settings.repository,
        "branch": candidate.branch,
        "commit": candidate.commit,
        "build": build_file(build, _DEPLOYMENT=json.dumps(provided["deployment"]), _IMAGE=settings.image, **more),
        "substitutions": {},
        "service_account": provided["identity"],
    }
