"""Clears up behind builds whose process died: kill -9, a crash, a machine that went down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groundwork.contract.variables import BUILD_VARIABLE
from groundwork.errors import GroundworkError
from groundwork.operations.retract_results import retract, take_back_runs
from groundwork.twin.cloudbuild import history
from groundwork.twin.cloudbuild.workspace import remove
from groundwork.twin.core.processes import end_marked
from groundwork.twin.vertex.runs import recover_runs

if TYPE_CHECKING:
    from groundwork.twin.core.store import Store


def recover(store: Store) -> list[str]:
    """End what is left of dead builds and runs, retract what they stored, and mark them so; return what was done, as sentences.

    What lives is left alone. Twice does no harm.
    """
    sentences: list[str] = []
    for build in history.unfinished(store):
        with history.alive(store, build) as ours:
            if ours and build in history.unfinished(store):
                sentences += _clear(store, build)
    for run in recover_runs(store):
        sentences += [f"run {run.id} had died: it is marked {run.status}", *take_back_runs(store, [run.id])]
    return sentences


def _clear(store: Store, build: str) -> list[str]:
    ended = end_marked(BUILD_VARIABLE, build, history.workspace_path(store, build).resolve())
    remove(store, build)
    try:
        taken = retract(store, build)
    except GroundworkError as refused:
        return [f"build {build} had died; what its runs stored could not be retracted, try again: {refused}"]
    closed = history.close_dead(store, build)
    processes = f", {ended} left over processes ended" if ended else ""
    return [f"build {build} had died: its workspace is removed{processes}; it is marked {closed.status}", *taken]
