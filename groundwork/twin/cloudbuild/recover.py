"""Clears up behind builds whose process died: kill -9, a crash, a machine that went down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groundwork.contract.variables import BUILD_VARIABLE
from groundwork.twin.cloudbuild import history
from groundwork.twin.cloudbuild.workspace import remove
from groundwork.twin.core.processes import end_marked
from groundwork.twin.vertex.runs import recover_runs

if TYPE_CHECKING:
    from groundwork.twin.core.store import Store


def recover(store: Store) -> list[str]:
    """End the leftover processes of dead builds and runs, and mark those as ended; return what was done, as sentences.

    Builds and runs whose process lives are left alone. Calling it twice does no harm. What dead runs stored stays, as it does on
    Google: the product retracts it.
    """
    sentences: list[str] = []
    for build in history.unfinished(store):
        with history.alive(store, build) as ours:
            if ours and build in history.unfinished(store):
                sentences.append(_clear(store, build))
    return sentences + [f"run {run.id} had died: it is marked {run.status}" for run in recover_runs(store)]


def _clear(store: Store, build: str) -> str:
    ended = end_marked(BUILD_VARIABLE, build, history.workspace_path(store, build).resolve())
    remove(store, build)
    closed = history.close_dead(store, build)
    processes = f", {ended} left over processes ended" if ended else ""
    return f"build {build} had died: its workspace is removed{processes}; it is marked {closed.status}"
