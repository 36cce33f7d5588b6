"""What the notebook calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import groundwork
from groundwork.contract.deployment import Deployment
from groundwork.errors import GroundworkError
from groundwork.ports.runner import Run, new_run

if TYPE_CHECKING:
    import pandas as pd

    from pipelines.forecasting.parameters import Parameters


def forecast(parameters: Parameters) -> Run:
    """Run the pipeline in the deployment that this process works for; raises GroundworkError when the run did not succeed."""
    from pipelines.forecasting.pipeline import forecasting  # noqa: PLC0415  kfp takes seconds to load

    deployment = Deployment.current()
    name = new_run(deployment.pipeline)
    run = groundwork.connect().runner.run(
        forecasting,
        arguments(parameters, deployment, run=name),
        run=name,
        deployment=deployment.name,
        root=f"{deployment.artifacts}/runs/{name}",
    )
    if run.status != "succeeded":
        raise GroundworkError("run-failed", f"run {run.id} {run.status}: {run.error}", f"read its log: groundwork logs {run.id}")
    return run


def read_stored(run: Run, table: str) -> pd.DataFrame:
    """Return what a run stored in `forecasts` or `accuracy`, read from the warehouse: what everybody else sees."""
    dataset = Deployment.current().dataset
    query = "SELECT * EXCEPT (batch) FROM stored WHERE batch = @run"
    rows = groundwork.connect().warehouse.query(query, tables={"stored": f"{dataset}.{table}"}, parameters={"run": run.id})
    return rows.sort_values(["series", "week"] if "week" in rows else "series", ignore_index=True)


def arguments(parameters: Parameters, deployment: Deployment, *, run: str) -> dict[str, Any]:
    """Return the pipeline's arguments: names from the deployment, choices from the parameters."""
    return {"run": run, "deployment": deployment.model_dump(mode="json"), "parameters": parameters.to_struct()}
