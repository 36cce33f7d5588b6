"""What the runs of a build that did not succeed have stored, taken back. Heavy to import, so it does so late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groundwork.twin.services import builds

if TYPE_CHECKING:
    from groundwork.twin.home import Home


def take_back(home: Home, build: str) -> list[str]:
    """Retract the results of an unfinished build's runs; return what was done, as plain sentences. Raises GroundworkError."""
    deployment = next((claim.deployment for claim in builds.claims(home) if claim.build == build), "")
    if not deployment or not _may_have_runs(home):
        return []
    from groundwork.adapters.connect import connect  # noqa: PLC0415  only builds that failed pay for it
    from groundwork.notebook.results import retract_results, runs_of  # noqa: PLC0415  as above
    from groundwork.ports.deployment import Deployment  # noqa: PLC0415  as above

    try:
        given = Deployment.model_validate_json(deployment)
    except ValueError:  # then no run could work for it either
        return []
    platform = connect(f"twin:{home.root}")
    taken = retract_results(platform, given, runs_of(platform, build))
    return [f"run {run} of build {build}: {phrase}" for run, phrase in taken.items()]


def _may_have_runs(home: Home) -> bool:
    found = home.records.execute("select 1 from sqlite_master where type = 'table' and name = 'runs'").fetchone()
    return found is not None
