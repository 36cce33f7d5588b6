"""What runs that came to no good end have stored, retracted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groundwork.twin.vertex.runs import all_runs

if TYPE_CHECKING:
    from collections.abc import Collection

    from groundwork.twin.core.store import Store

_DATASET = "gcp:bigquery/dataset:Dataset"


def retract(store: Store, build: str) -> list[str]:
    """Retract the results of a build's runs; return what was done, as plain sentences. Raises GroundworkError."""
    return take_back_runs(store, [run.id for run in all_runs(store) if run.build == build])


def take_back_runs(store: Store, runs: Collection[str]) -> list[str]:
    """Retract the results of runs, wherever on the twin they are; twice does no harm. Raises GroundworkError."""
    if not runs:
        return []
    from groundwork.notebook.results import retract  # noqa: PLC0415  as above
    from groundwork.twin.platform import TwinPlatform  # noqa: PLC0415  slow to load; only failures pay for it

    platform = TwinPlatform(store, None)  # the twin's own doing, whoever's build this process belongs to
    sentences = []
    for _, dataset in store.all(_DATASET):
        taken = retract(platform, f"{dataset['project']}.{dataset['datasetId']}", runs)
        sentences += [f"run {run}: {phrase}" for run, phrase in taken.items()]
    return sentences
