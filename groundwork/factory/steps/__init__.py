"""The steps of a promotion, one per file: this is the only place for their order. They share nothing but their outputs."""

from __future__ import annotations

from functools import partial

from groundwork.contract.candidate import Candidate
from groundwork.factory.machine import Step
from groundwork.factory.step_context import Work
from groundwork.factory.steps import capture, change, checks, execute, gate, propose, provision, release, report, review, sources

_STEPS = {
    "change": change,
    "provision": provision,
    "checks": checks,
    "execute": execute,
    "capture": capture,
    "sources": sources,
    "gate": gate,
    "report": report,
    "propose": propose,
    "review": review,
    "release": release,
}
_BETWEEN_BRANCHES = frozenset({"propose", "review"})
"""The steps of a candidate that has a next branch; on the last branch, people approved the merge before."""


def order(candidate: Candidate) -> tuple[str, ...]:
    """Return the names of a candidate's steps, in order."""
    if candidate.back_to:
        return ("release",)
    return tuple(name for name in _STEPS if candidate.target or name not in _BETWEEN_BRANCHES)


def steps(work: Work) -> list[Step]:
    """Return the steps of a candidate, in order; those of a rollback are in `rollback.steps`."""
    return [Step(name, partial(_STEPS[name].run, work)) for name in order(work.candidate)]
