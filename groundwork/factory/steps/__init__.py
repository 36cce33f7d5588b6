"""The steps of a promotion, one a file, in the order they are taken. They know nothing of each other but their outputs."""

from __future__ import annotations

from functools import partial

from groundwork.factory.machine import Step
from groundwork.factory.step_context import Work
from groundwork.factory.steps import capture, change, checks, execute, gate, propose, provision, release, report, review, sources


def steps(work: Work) -> list[Step]:
    """Return the steps of one candidate: a pull request and a review decision only where the chain goes on from its branch."""
    asked = [("propose", propose.run), ("review", review.run)] if work.candidate.target else []
    named = [
        ("change", change.run),
        ("provision", provision.run),
        ("checks", checks.run),
        ("execute", execute.run),
        ("capture", capture.run),
        ("sources", sources.run),
        ("gate", gate.run),
        ("report", report.run),
        *asked,
        ("release", release.run),
    ]
    return [Step(name, partial(run, work)) for name, run in named]
