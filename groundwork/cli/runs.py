"""Builds and pipeline runs."""

from __future__ import annotations

from datetime import datetime

from groundwork.cli.context import command_context
from groundwork.cli.options import Json
from groundwork.cli.output import show_rows
from groundwork.ports.builds import Build


def runs(*, as_json: Json = False) -> None:
    """List builds and pipeline runs, newest first."""
    platform = command_context().platform
    rows = [_row(build.id, "build", _source(build), build.status, build.created) for build in platform.builds.builds()] + [
        _row(run.id, "run", run.build or "by hand", run.status, run.started) for run in platform.runner.runs()
    ]
    rows.sort(key=lambda row: row["started"], reverse=True)
    none = "there are no builds and no runs yet; push to `feature/...`, or run `groundwork try`"
    show_rows(rows, ["id", "kind", "of", "status", "started"], as_json=as_json, none=none)


def _source(build: Build) -> str:
    """Return the commit that was built; builds of the platform, such as a reconciliation, have no source."""
    return f"{build.branch}@{build.commit[:8]}" if build.commit else "no source"


def _row(id_: str, kind: str, of: str, status: str, started: datetime) -> dict[str, str]:
    return {"id": id_, "kind": kind, "of": of, "status": status, "started": f"{started:%Y-%m-%d %H:%M:%S}"}
