"""The page's parts without a module of their own, each within its size budget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from markupsafe import Markup

from groundwork.factory.report.metrics_table import baseline_heading, row_of
from groundwork.factory.report.report_input import Change, Material
from groundwork.factory.report.size_budget import SECTIONS, Budget, fitting
from groundwork.factory.report.templating import piece
from groundwork.factory.report.text import count, line
from groundwork.sdk.evaluation import Evaluation

T = TypeVar("T")

_TEMPLATE = "sections.html.j2"


@dataclass(frozen=True, kw_only=True)
class Part:
    """Rows of a table or list, and the number of omitted ones."""

    rows: tuple[Markup, ...]
    left_out: int


def question(material: Material) -> str:
    """Return the question to the reviewers, or a sentence that explains why there is none."""
    candidate, branch, target = material.candidate, line(material.branch, 100), line(material.next_branch, 100)
    if not material.passed:
        return f"Candidate {candidate} does not go on from {branch}: it failed the gate."
    if not target:
        return f"Candidate {candidate} of {branch} is released into {line(material.environment)}."
    return f"Should candidate {candidate} go from {branch} to {target}?"


def gate_part(material: Material) -> Part:
    """Return the gate's conditions and the problems of the results, failed ones first."""
    listed = {text for text, _ in material.reasons}
    problems = [(problem, False) for problem in material.evaluation.problems if problem not in listed]
    asked = sorted([*problems, *material.reasons], key=lambda reason: reason[1])
    return _part("gate", asked, lambda reason: piece(_TEMPLATE, "reason", line(reason[0], 400), reason[1]))


def metrics_part(evaluation: Evaluation) -> Part:
    """Return the rows of the table of metrics."""
    name, heading = evaluation.baseline_name, baseline_heading(evaluation.baseline_name)
    return _part("metrics", evaluation.metrics, lambda metric: piece(_TEMPLATE, "metric", row_of(metric, name), heading))


def plan_part(material: Material) -> Part:
    """Return the rows of the resources in the candidate's stack."""
    return _part("plan", material.plan.made, lambda made: piece(_TEMPLATE, "resource", line(made[0], 120), line(made[1], 160)))


def release_lines(material: Material) -> list[str]:
    """Return the changes of the release, one sentence each."""
    plan = material.plan
    changes = [("Champion", plan.champion), ("Schedule", plan.schedule)]
    said = [f"{name}: {_change(change)}" for name, change in changes if change is not None]
    return [*said, *(line(text, 300) for text in plan.lines[:40])]


def _change(change: Change) -> str:
    before, after = line(change.before, 120) or "none yet", line(change.after, 120) or "none"
    return f"stays {after}" if before == after else f"{before} → {after}"


def made_in_words(material: Material) -> str:
    """Return the number of resources in the candidate's stack, in words."""
    return f"{count(len(material.plan.made), 'resource')} of its own" if material.plan.made else "no resources of its own"


def lineage_part(material: Material) -> Part:
    """Return the rows of the candidate's lineage."""
    rows = [
        ("Commit", material.commit),
        ("Subject", material.subject),
        ("Author, as the commit says", material.author),
        ("Branch", material.branch),
        ("Environment and deployment", f"{material.environment} · {material.deployment}"),
        ("Build", material.build),
        ("Run", material.run),
        ("Executed as", material.identity),
        *material.lineage,
    ]
    return _part("lineage", rows, lambda row: piece(_TEMPLATE, "lineage", line(row[0], 80), line(row[1], 400)))


def _part(section: str, items: Sequence[T], make: Callable[[T], Markup]) -> Part:
    rows, left_out = fitting(items, make, Budget(SECTIONS[section]))
    return Part(rows=tuple(rows), left_out=left_out)
