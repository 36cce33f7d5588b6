"""Look at all that the commit changes, before anything is made for it: people are asked only about what they can be shown."""

from __future__ import annotations

from groundwork.errors import GroundworkError
from groundwork.factory.change import read_change
from groundwork.factory.machine import Done, PromotionLog, Rejected
from groundwork.factory.step_context import Work
from groundwork.notebook.which import which_notebook
from groundwork.ports.errors import Conflict

SPLIT = "Nobody approves what is not shown: split it, and keep data out of git."


def run(work: Work, _: PromotionLog) -> Done | Rejected:
    """Say which notebook the commit is about; reject what has no room on one page."""
    from groundwork.factory.report.render_change import show_change  # noqa: PLC0415  its libraries are loaded where they are used

    try:
        change = read_change(work.git_provider, work.candidate, work.settings.chain)
    except Conflict as conflict:
        return Rejected(f"what it changes cannot be told: {conflict.message}; {conflict.hint}")
    shown = show_change(change)
    if work.candidate.target and shown.unseen:
        return Rejected(f"{shown.unseen} {SPLIT}")
    try:
        notebook = which_notebook(change.paths, work.settings.deployment.pipeline)
    except GroundworkError as error:
        return Rejected(f"{error.message}; {error.hint}")
    work.say(f"change: {shown.headline}, {shown.words}")
    return Done({"notebook": str(notebook), "files": len(change.files) + change.more})
