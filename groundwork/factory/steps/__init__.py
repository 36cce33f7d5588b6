"""The steps of a promotion, one module per step: this is the only place for their order. They share nothing but their outputs."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from groundwork.contract.candidate import Candidate

if TYPE_CHECKING:
    from groundwork.factory.machine import Step
    from groundwork.factory.step_context import StepContext

_ORDER = (
    "change", "provision", "checks", "execute", "capture", "sources", "gate", "report", "propose", "review", "release",
)  # fmt: skip
"""Each is the name of a module with a function `run`."""
_BETWEEN_BRANCHES = frozenset({"propose", "review"})
"""The steps of a candidate that has a next branch; on the last branch, people approved the merge before."""


def order(candidate: Candidate) -> tuple[str, ...]:
    """Return the names of a candidate's steps, in order."""
    if candidate.back_to:
        return ("release",)
    return tuple(name for name in _ORDER if candidate.target or name not in _BETWEEN_BRANCHES)


def steps(context: StepContext) -> list[Step]:
    """Return the steps of a candidate, in order; those of a rollback are in `rollback.steps`."""
    from groundwork.factory.machine import Step  # noqa: PLC0415  `groundwork status` needs the order only

    return [Step(name, partial(import_module(f"{__name__}.{name}").run, context)) for name in order(context.candidate)]
