"""Clears up behind builds whose process died: kill -9, a crash, a machine that went down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groundwork.errors import GroundworkError
from groundwork.operations.retract_results import take_back, take_back_runs
from groundwork.twin.cloudbuild import history
from groundwork.twin.cloudbuild.workspace import remove
from groundwork.twin.core.processes import MARK, end_marked
from groundwork.twin.vertex.runs import recover_runs

if TYPE_CHECKING:
    from groundwork.twin.core.store import Home


def recover(home: Home) -> list[str]:
    """End what is left of dead builds and runs, take back what they stored, and mark them so; return what was done, as sentences.

    What lives is left alone. Twice does no harm.
    """
    sentences: list[str] = []
    for build in history.unfinished(home):
        with history.alive(home, build) as ours:
            if ours and build in history.unfinished(home):
                sentences += _clear(home, build)
    for run in recover_runs(home):
        sentences += [f"run {run.id} had died: it is marked {run.status}", *take_back_runs(home, [run.id])]
    return sentences


def _clear(home: Home, build: str) -> list[str]:
    ended = end_marked(MARK, build, history.workspace_path(home, build).resolve())
    remove(home, build)
    try:
        taken = take_back(home, build)
    except GroundworkError as refused:
        return [f"build {build} had died; what its runs stored could not be taken back, try again: {refused}"]
    closed = history.close_dead(home, build)
    processes = f", {ended} left over processes ended" if ended else ""
    return [f"build {build} had died: its workspace is removed{processes}; it is marked {closed.status}", *taken]
