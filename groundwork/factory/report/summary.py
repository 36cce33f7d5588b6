"""The pull request's text: a summary for reviewers, and the digest that binds the review decision to the page."""

from __future__ import annotations

import re

from groundwork.factory.report.metrics_table import Row, baseline_heading, row_of
from groundwork.factory.report.report_input import Material
from groundwork.factory.report.sections import made_in_words, release_lines
from groundwork.factory.report.text import count, line

_METRICS, _REASONS, _LINES = 8, 12, 6


def summary(material: Material, change: str, comparison: str, digest: str) -> str:
    """Return the text. Untrusted strings are in code spans, where nothing is a link, a mention, a keyword or HTML."""
    parts = [
        f"**{_question(material)}**",
        f"{quoted(material.subject, 160)} by {quoted(material.author, 100)}, commit {quoted(material.commit, 64)}",
        f"**Change:** {change}",
        "\n".join(_gate(material)),
        "\n".join(_metrics(material)),
        "\n".join([f"**Infrastructure:** {made_in_words(material)}", *_release(material)]),
        f"**Notebook:** {quoted(comparison, 200)}",
        "\n".join(_decide(material)),
        f"Candidate: {material.candidate}\nReport: {digest}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def quoted(text: str, limit: int = 200) -> str:
    """Return untrusted text as a code span that it cannot end."""
    shown = line(text, limit)
    if not shown:
        return "(empty)"
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    return f"{fence} {shown} {fence}" if shown.startswith("`") or shown.endswith("`") else f"{fence}{shown}{fence}"


def _in_table(text: str) -> str:
    """Return the same for a table's cell, which ends at any `|`; Git providers differ in how to escape one."""
    return quoted(text.replace("|", "\u00a6"), 80)


def _question(material: Material) -> str:
    candidate, branch = quoted(material.candidate), quoted(material.branch, 100)
    if not material.passed:
        return f"Candidate {candidate} does not go on from {branch}: it failed the gate."
    if not material.next_branch:
        return f"Candidate {candidate} of {branch} is released into {quoted(material.environment)}."
    return f"Should candidate {candidate} go from {branch} to {quoted(material.next_branch, 100)}?"


def _gate(material: Material) -> list[str]:
    asked = sorted(
        [*((problem, False) for problem in material.evaluation.problems), *material.reasons], key=lambda reason: reason[1]
    )
    unique = list(dict.fromkeys(asked))
    lines = [f"- {'passed' if ok else 'FAILED'}: {quoted(text, 300)}" for text, ok in unique[:_REASONS]]
    more = [f"- and {count(len(unique) - _REASONS, 'more reason')}"] if len(unique) > _REASONS else []
    return [f"**Gate {'passed' if material.passed else 'FAILED'}**", "", *lines, *more]


def _metrics(material: Material) -> list[str]:
    name = material.evaluation.baseline_name
    rows = [row_of(metric, name) for metric in material.evaluation.metrics[:_METRICS]]
    if not rows:
        return ["There are no metrics: the environment has no holdout."]
    head = [f"| Metric | Candidate | Champion | {baseline_heading(name)} | The candidate is |", "|---|---:|---:|---:|---|"]
    more = len(material.evaluation.metrics) - _METRICS
    return [*head, *(_row(row) for row in rows), *(["", f"and {count(more, 'more metric')} on the page"] if more > 0 else [])]


def _row(row: Row) -> str:
    champion, baseline = (reference.value if reference else "none" for reference in (row.champion, row.baseline))
    return f"| {_in_table(row.title)} ({row.direction}) | {row.candidate} | {champion} | {baseline} | {row.sentence} |"


def _release(material: Material) -> list[str]:
    lines = release_lines(material)
    shown = [f"- {quoted(text, 240)}" for text in lines[:_LINES]]
    more = [f"- and {count(len(lines) - _LINES, 'more change')}"] if len(lines) > _LINES else []
    return ["", "Release will change:", "", *shown, *more] if lines else ["", "Release will change nothing else."]


def _decide(material: Material) -> list[str]:
    look = f"The report lies at {quoted(material.address, 300)}"
    if not (material.passed and material.next_branch):
        return [f"{look}."]
    return [
        f"{look}. Read it, then decide; N is this pull request's number:",
        "",
        "```",
        'groundwork review approve N --reason "…"',
        'groundwork review reject N --reason "…"',
        "```",
    ]
