"""Render a report. The same input gives the same bytes, so that a digest identifies the page that a reviewer saw."""

from __future__ import annotations

import hashlib

from markupsafe import Markup

from groundwork.factory.report.metrics_table import Row, baseline_heading, row_of
from groundwork.factory.report.render_blocks import parse_own, show_blocks
from groundwork.factory.report.render_change import Shown as ShownChange
from groundwork.factory.report.render_change import show_change
from groundwork.factory.report.render_compiled import ShownPipeline, show_compiled
from groundwork.factory.report.render_notebook import Shown, show_notebook
from groundwork.factory.report.report_input import Material, Rendered
from groundwork.factory.report.sections import (
    gate_part,
    lineage_part,
    made_in_words,
    metrics_part,
    plan_part,
    question,
    release_lines,
)
from groundwork.factory.report.size_budget import SECTIONS, Budget
from groundwork.factory.report.summary import summary
from groundwork.factory.report.templating import page
from groundwork.factory.report.text import count, line

_OWN_BROKEN = "The candidate's report.json is not valid, so it is not shown."


def render(material: Material) -> Rendered:
    """Return the report of a candidate."""
    notebook = show_notebook(
        material.notebook, material.notebook_before, material.next_branch or material.branch, Budget(SECTIONS["notebook"])
    )
    change, compiled = show_change(material.change), show_compiled(material.compiled)
    html = _page(material, change, compiled, notebook).encode()
    digest = f"sha256:{hashlib.sha256(html).hexdigest()}"
    changed = f"{change.headline}, {change.words}" if change.files or change.unseen else "no file"
    text = summary(material, changed, notebook.comparison, digest)
    return Rendered(html=html, digest=digest, summary=text, unseen=change.unseen or compiled.unseen)


def _page(material: Material, change: ShownChange, compiled: ShownPipeline, notebook: Shown) -> str:
    blocks, more = show_blocks(material.evaluation.blocks, "measured", Budget(SECTIONS["blocks"]))
    own, own_left = _own(material.own_report)
    first = row_of(material.evaluation.metrics[0], material.evaluation.baseline_name) if material.evaluation.metrics else None
    return page(
        "page.html.j2",
        question=question(material),
        asked=material.passed and bool(material.next_branch),
        failed=not material.passed,
        candidate=material.candidate,
        commit=line(material.commit, 12) if len(material.commit) < 12 else line(material.commit[:12]),  # noqa: PLR2004  as ids have
        subject=line(material.subject, 160),
        author=line(material.author, 120),
        branch=line(material.branch, 100),
        target=line(material.next_branch, 100),
        environment=line(material.environment, 60),
        deployment=line(material.deployment, 80),
        build=line(material.build, 80),
        glance=_glance(material, first, change, notebook),
        change=change,
        since=line(material.change.since[:12]),
        compiled=compiled,
        gate=gate_part(material),
        metrics=metrics_part(material.evaluation),
        baseline=baseline_heading(material.evaluation.baseline_name),
        blocks=blocks,
        blocks_left=more,
        plan=plan_part(material),
        made=made_in_words(material),
        release=release_lines(material),
        notebook=notebook,
        lineage=lineage_part(material),
        own=own,
        own_left=own_left,
    )


def _glance(material: Material, first: Row | None, change: ShownChange, notebook: Shown) -> list[tuple[str, str, str, str]]:
    """Return the overview: label, value, meaning, and whether that is good, bad or neither."""
    good = sum(ok for _, ok in material.reasons)
    asked = f"{good} of {count(len(material.reasons), 'check')} passed"
    entries = [("Gate", "Passed" if material.passed else "Failed", asked, "good" if material.passed else "bad")]
    if first:
        reference = first.champion or first.baseline
        tone = {"better": "good", "worse": "bad"}.get(reference.word, "") if reference else ""
        entries.append((first.title, first.candidate, first.sentence, tone))
    changes = release_lines(material)
    released = f"{count(len(changes), 'change')}" if changes else "No change"
    infrastructure = f"on release; this candidate has {made_in_words(material)}"
    return [
        *entries,
        ("Change", change.headline, change.words, ""),
        ("Infrastructure", released, infrastructure, ""),
        ("Notebook", notebook.headline, notebook.comparison, ""),
    ]


def _own(content: bytes | None) -> tuple[list[Markup], str]:
    """Return the candidate's own report, or the reason for not showing it."""
    if content is None:
        return [], "The candidate wrote no report of its own."
    report = parse_own(content)
    if report is None:
        return [], _OWN_BROKEN
    shown, omitted = show_blocks(report.blocks, "own", Budget(SECTIONS["own"]))
    return shown, f"There is no room for {count(omitted, 'block')} more." if omitted else "" if shown else "It is empty."
