"""Read the commit's changes before any effect is applied, and reject changes that a report cannot show."""

from __future__ import annotations

from groundwork.errors import GroundworkError
from groundwork.factory.change import read_change
from groundwork.factory.machine import Done, PromotionLog, Rejected
from groundwork.factory.step_context import StepContext
from groundwork.notebook.which import which_notebook
from groundwork.ports.errors import Conflict

SPLIT = "Split the change, and keep data out of git: a reviewer has to see all of it."


def run(context: StepContext, _: PromotionLog) -> Done | Rejected:
    """Return the commit's notebook; reject a change that does not fit on one page."""
    from groundwork.factory.report.render_change import show_change  # noqa: PLC0415  its libraries are loaded where they are used

    try:
        change = read_change(context.git_provider, context.candidate, context.settings.chain)
    except Conflict as conflict:
        return Rejected(f"its changes cannot be determined: {conflict.message}; {conflict.hint}")
    shown = show_change(change)
    if context.candidate.target and shown.unseen:
        return Rejected(f"{shown.unseen} {SPLIT}")
    try:
        notebook = which_notebook(change.paths, context.settings.deployment.pipeline)
    except GroundworkError as error:
        return Rejected(f"{error.message}; {error.hint}")
    context.say(f"change: {shown.headline}, {shown.words}")
    return Done({"notebook": str(notebook), "files": len(change.files) + change.more})
