"""Runs of a pipeline: start one in the current deployment, read its stored rows, keep its report, notify its owners."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from groundwork.adapters.connect import connect
from groundwork.contract.deployment import Deployment
from groundwork.contract.owners import owner_url
from groundwork.errors import GroundworkError
from groundwork.ports.runner import Run, new_run

if TYPE_CHECKING:
    import pandas as pd

    from groundwork.sdk.report_blocks import Report

__all__ = ["Run", "keep_report", "notify_owners", "read_stored", "run_message", "start_run"]


def start_run(pipeline: Callable[..., Any], **arguments: Any) -> Run:
    """Run a `@dsl.pipeline` in the deployment that this process works for, and return the run that succeeded.

    The pipeline gets the arguments `run` and `deployment` in addition. Raises GroundworkError if the run did not succeed.
    """
    deployment = Deployment.current()
    name = new_run(deployment.pipeline)
    run = connect().runner.run(
        pipeline,
        {"run": name, "deployment": deployment.model_dump(mode="json"), **arguments},
        run=name,
        deployment=deployment.name,
        root=_folder(deployment, name),
    )
    if run.status != "succeeded":
        raise GroundworkError("run-failed", f"run {run.id} {run.status}: {run.error}", f"read its log: groundwork logs {run.id}")
    return run


def read_stored(run: Run, table: str) -> pd.DataFrame:
    """Return the rows that a run stored in a table of the deployment, without their batch, sorted by the columns in order."""
    dataset = Deployment.current().dataset
    query = "SELECT * EXCEPT (batch) FROM stored WHERE batch = @run"
    rows = connect().warehouse.query(query, tables={"stored": f"{dataset}.{table}"}, parameters={"run": run.id})
    return rows.sort_values(list(rows.columns), ignore_index=True)


def keep_report(deployment: Deployment, run: str, report: Report) -> str:
    """Keep a run's own report next to its artifacts, where the factory looks for it; return its address."""
    address = f"{_folder(deployment, run)}/report.json"
    with connect().objects.open(address, "wb") as file:
        file.write(report.model_dump_json().encode())
    return address


def notify_owners(deployment: Deployment, run: str, *, succeeded: bool) -> None:
    """Notify each owner how a run ended; raises GroundworkError if a message could not be sent."""
    platform = connect()
    title, body = run_message(deployment, run, succeeded=succeeded, log=platform.runner.log(run))
    for owner in deployment.owners:
        platform.notifications.add(owner_url(owner))
    if deployment.owners and not platform.notifications.notify(title=title, body=body):
        raise GroundworkError(
            "notification-failed",
            f"not all of {', '.join(deployment.owners)} could be notified",
            "correct the owners' addresses in the environment file",
        )


def run_message(deployment: Deployment, run: str, *, succeeded: bool, log: Iterable[Mapping[str, Any]]) -> tuple[str, str]:
    """Return title and body: the summaries in the run's log, or its first error with the hint."""
    records = list(log)
    ended = "succeeded" if succeeded else "failed"
    if succeeded:
        lines = [str(record["summary"]) for record in records if "summary" in record]
    else:
        errors = [record for record in records if record.get("level") == "error"][:1]
        lines = [
            f"{error.get('step', 'a step')}: {error.get('error', error['event'])}\nhint: {error.get('hint', 'read the log')}"
            for error in errors
        ]
    body = "\n".join([f"Run {run} {ended}.", *lines, f"Log: groundwork logs {run}"])
    return f"{deployment.name}: {deployment.pipeline} {ended}", body


def _folder(deployment: Deployment, run: str) -> str:
    return f"{deployment.artifacts}/runs/{run}"
