"""Have the candidate's code run, in a build and under an identity of its own, and keep what came out as data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from groundwork.factory.machine import Done, Journal, Rejected
from groundwork.factory.released import build_file
from groundwork.factory.work import Work
from groundwork.ports.runner import Run


def run(work: Work, journal: Journal) -> Done | Rejected:
    """Submit the candidate's build and copy its results to where the candidate cannot reach them."""
    provided = journal.output("provision")
    built = journal.make("execution", "build", temporary=True, **_submission(work, provided))
    if built["status"] != "SUCCESS":
        return Rejected(f"its build {built['build']} ended as {built['status']}: {built['error']}")
    done = [each for each in work.platform.runner.runs() if each.build == built["build"] and each.status == "succeeded"]
    if len(done) != 1:
        return Rejected(f"its notebook ran the pipeline {len(done)} times to success; exactly one run can be judged")
    journal.make("objects", "records", prefix=work.records)
    return Done({"build": built["build"], "run": done[0].id, **_keep(work, provided, built["build"], done[0])})


def _submission(work: Work, provided: Mapping[str, Any]) -> dict[str, Any]:
    candidate, settings = work.candidate, work.settings
    return {
        "key": candidate.id,
        "project": settings.deployment.project,
        "region": settings.deployment.region,
        "repository": settings.repository,
        "branch": candidate.branch,
        "commit": candidate.commit,
        "build": build_file(
            "candidate", _DEPLOYMENT=json.dumps(provided["deployment"]), _BASE=candidate.base, _IMAGE=settings.image
        ),
        "substitutions": {},
        "service_account": provided["identity"],
    }


def _keep(work: Work, provided: Mapping[str, Any], build: str, done: Run) -> dict[str, Any]:
    """Copy the executed notebook, the compiled pipeline and the candidate's own blocks; return two digests."""
    executions = f"{provided['folder']}/executions/{build}"
    notebook = work.read(f"{executions}/notebook.ipynb")
    pipeline = work.read(f"{executions}/pipeline.yaml")
    own = work.read_if_there(f"{provided['folder']}/runs/{done.id}/report.json")
    if own is not None:
        work.keep("own-report.json", own)
    compiled = work.keep("pipeline.yaml", pipeline)
    work.say(f"execute: run {done.id}; compiled pipeline {compiled[:19]}…")
    return {"notebook": work.keep("notebook.ipynb", notebook), "pipeline": compiled}
