"""Hold the executed copy against the commit: what people see as executed is what they approve."""

from __future__ import annotations

from groundwork.factory.executed import Differs, with_outputs
from groundwork.factory.machine import Done, Journal, Rejected
from groundwork.factory.work import Work


def run(work: Work, journal: Journal) -> Done | Rejected:
    """Reject a candidate whose executed notebook has other cells than its commit."""
    path = journal.output("change")["notebook"]
    try:
        executed_notebook(work, path)
    except Differs as differs:
        return Rejected(f"its executed copy is not the commit's {path}: {differs}")
    return Done({})


def executed_notebook(work: Work, path: str) -> bytes:
    """Return the commit's notebook with what was put out when it was executed; raises Differs."""
    return with_outputs(work.forge.read(path, work.candidate.commit), work.read(f"{work.records}/notebook.ipynb"))
