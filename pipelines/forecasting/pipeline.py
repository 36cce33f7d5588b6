"""The graph of the pipeline, top to bottom."""

from typing import Any

from kfp import dsl  # type: ignore[import-untyped]  # kfp has no types

from pipelines.forecasting.steps import notify, retrieve, select_and_predict, store


@dsl.pipeline(name="forecasting", description="Weekly sales of every series, with intervals, measured on the holdout.")  # type: ignore[untyped-decorator]  # as above
def forecasting(run: str, deployment: dict[str, Any], parameters: dict[str, Any]) -> None:
    """Retrieve, select and predict, store as batch `run`; then notify the owners of success or failure."""
    notified = notify(run=run, deployment=deployment)
    with dsl.ExitHandler(notified, name="forecast"):
        retrieved = retrieve(deployment=deployment, parameters=parameters)
        predicted = select_and_predict(deployment=deployment, parameters=parameters, history=retrieved.outputs["history"])
        store(
            run=run,
            deployment=deployment,
            parameters=parameters,
            history=retrieved.outputs["history"],
            forecasts=predicted.outputs["forecasts"],
            selection=predicted.outputs["selection"],
        )
