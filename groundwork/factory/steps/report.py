"""Put before people what they are to judge: one page, kept, and its digest, which the verdict will be on."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from groundwork.factory.chain import last_here
from groundwork.factory.evidence import Evidence
from groundwork.factory.gate import Decision
from groundwork.factory.machine import Done, Journal
from groundwork.factory.steps.capture import NOTEBOOK, OWN_REPORT
from groundwork.factory.work import Work
from groundwork.ports.errors import Absent

if TYPE_CHECKING:
    from groundwork.factory.report.material import Material, Plan

PAGE = "report.html"


def run(work: Work, journal: Journal) -> Done:
    """Render the report from what is kept, and keep it."""
    from groundwork.factory.report.render import render  # noqa: PLC0415  its libraries are loaded for this step alone

    rendered = render(_material(work, journal))
    work.keep(PAGE, rendered.html)
    work.say(f"report: {work.records}/{PAGE}")
    return Done({"digest": rendered.digest, "summary": rendered.summary, "page": f"{work.records}/{PAGE}"})


def _material(work: Work, journal: Journal) -> Material:
    from groundwork.factory.report.material import Material  # noqa: PLC0415  as above

    candidate, here = work.candidate, work.settings.deployment
    provided, executed, kept = journal.output("provision"), journal.output("execute"), journal.output("capture")
    decision = Decision.model_validate(journal.output("gate")["decision"])
    return Material(
        candidate=candidate.id,
        branch=candidate.branch,
        next_branch=candidate.target or "",
        commit=candidate.commit,
        author=candidate.author,
        subject=candidate.subject,
        environment=work.settings.environment,
        deployment=here.name,
        build=executed["build"],
        run=executed["run"],
        identity=provided["identity"],
        address=f"{work.records}/{PAGE}",
        passed=decision.passed,
        reasons=tuple((reason.text, reason.ok) for reason in decision.reasons),
        evidence=Evidence.model_validate_json(work.kept("evidence.json", journal.output("gate")["evidence"])),
        own_report=work.kept(OWN_REPORT, kept["own_report"]) if kept["own_report"] else None,
        plan=_plan(work, journal),
        lineage=(
            ("Executed notebook", kept["notebook"]),
            ("Compiled pipeline", journal.output("checks")["pipeline"]),
            ("Raw data that the gate measured on", here.raw),
            ("Data that the candidate knew", work.settings.known),
            *((f"Rows of {table}", digest) for table, digest in sorted(kept["tables"].items())),
            ("Platform's image", work.settings.image),
        ),
        notebook=work.kept(NOTEBOOK, kept["notebook"]),
        notebook_before=_notebook_before(work),
    )


def _plan(work: Work, journal: Journal) -> Plan:
    from groundwork.factory.report.material import Change, Plan  # noqa: PLC0415  as above

    made = tuple((kind, name) for kind, name in journal.output("provision")["resources"])
    if not last_here(work.settings.chain, work.candidate.target):
        return Plan(made=made)
    here, settings = work.settings.deployment, work.settings
    champion = journal.output("gate")["champion"]
    pinned = work.platform.schedules(here.project).get(here.name) if settings.schedule else None
    schedule = Change(before=pinned.digest if pinned else "", after=journal.output("checks")["pipeline"])
    return Plan(
        made=made,
        champion=Change(before=f"version {champion}" if champion else "", after=f"the version of {work.candidate.id}"),
        schedule=schedule if settings.schedule else None,
        lines=(f"The rows that were measured here are copied into {here.dataset} and serve there.",),
    )


def _notebook_before(work: Work) -> bytes | None:
    """Return the notebook as it is where this candidate wants to go; None where it is new there."""
    folder = f"pipelines/{work.settings.deployment.pipeline}"
    changed = work.forge.changed(work.candidate.commit, since=work.candidate.target or work.candidate.branch)
    notebooks = [path for path in changed if path.startswith(f"{folder}/") and path.endswith(".ipynb")]
    with contextlib.suppress(Absent):
        return work.forge.read(notebooks[0] if len(notebooks) == 1 else f"{folder}/notebook.ipynb", work.candidate.base)
    return None
