"""The platform's own check of what came out, on actuals that the candidate never had."""

from __future__ import annotations

from groundwork.factory.artifacts import frame
from groundwork.factory.gate import evidence_for, gate
from groundwork.factory.machine import Done, Journal, Rejected
from groundwork.factory.raw_data import require_same
from groundwork.factory.step_context import Work
from groundwork.sdk.evaluation import Case, Copied, Stored


def run(work: Work, journal: Journal) -> Done | Rejected:
    """Measure the copy of the candidate's results and hold it against the environment's bounds; keep the evidence."""
    require_same(work, journal.output("provision")["raw"])
    here, champion = work.settings.deployment, work.champion()
    case = Case(
        warehouse=work.platform.warehouse,
        raw=here.raw,
        held_out_weeks=here.held_out_weeks,
        candidate=_copied(work, journal),
        champion=Stored(dataset=here.dataset, run=champion.labels["run"]) if champion else None,
    )
    evidence = evidence_for(here.pipeline, case)
    decision = gate(evidence, work.settings.gate)
    kept = work.keep("evidence.json", evidence.model_dump_json().encode())
    for reason in decision.reasons:
        work.say(f"gate: {'' if reason.ok else 'FAILED: '}{reason.text}")
    if not decision.passed:
        return Rejected("the gate: " + "; ".join(reason.text for reason in decision.reasons if not reason.ok))
    return Done({"decision": decision.model_dump(mode="json"), "evidence": kept, "champion": champion and champion.version})


def _copied(work: Work, journal: Journal) -> Copied:
    tables = journal.output("capture")["tables"]
    return Copied(
        run=journal.output("execute")["run"],
        tables={table: frame(work.kept(f"tables/{table}.parquet", digest)) for table, digest in tables.items()},
    )
