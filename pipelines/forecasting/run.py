"""The entry point of the notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groundwork.sdk.runs import Run, start_run

if TYPE_CHECKING:
    from pipelines.forecasting.parameters import Parameters


def forecast(parameters: Parameters) -> Run:
    """Run the pipeline in the deployment that this process works for; raises GroundworkError if the run did not succeed."""
    from pipelines.forecasting.pipeline import forecasting  # noqa: PLC0415  kfp takes seconds to load

    return start_run(forecasting, parameters=parameters.to_struct())
