"""The shells of the steps: read paths, call one function, write paths. Each runs in a process of its own, so imports are late.

No `from __future__ import annotations` here: kfp reads the annotations themselves. `deployment` and `parameters` are structures
(`groundwork.sdk.platform.Deployment`, `pipelines.forecasting.parameters.Parameters`), in which integers arrive as floats.
"""

from functools import partial
from typing import Any

from kfp import dsl  # type: ignore[import-untyped]  # kfp has no types

component = partial(dsl.component, base_image="python:3.11", install_kfp_package=False)


@component
def retrieve(deployment: dict[str, Any], parameters: dict[str, Any], history: dsl.Output[dsl.Dataset]) -> None:
    """Read the sales up to the cutoff and check them."""
    from groundwork.sdk.platform import Deployment, connect
    from groundwork.sdk.step_log import step_log
    from pipelines.forecasting.evaluation.retrieval import retrieve_history
    from pipelines.forecasting.parameters import Parameters

    with step_log("retrieve") as log:
        own = Deployment.model_validate(deployment)
        frame = retrieve_history(
            connect().warehouse,
            f"{own.raw}.sales",
            holdout_weeks=own.holdout_weeks,
            needed=Parameters.from_struct(parameters).history_needed,
        )
        frame.to_parquet(history.path)
        log.info("retrieved", rows=len(frame), series=frame["series"].nunique(), last_week=f"{frame['week'].max():%Y-%m-%d}")


@component
def select_and_predict(
    deployment: dict[str, Any],
    parameters: dict[str, Any],
    history: dsl.Input[dsl.Dataset],
    forecasts: dsl.Output[dsl.Dataset],
    selection: dsl.Output[dsl.Dataset],
) -> None:
    """Choose a model for each series by backtest, and forecast with it, beyond the horizon if the holdout is longer."""
    import pandas as pd

    from groundwork.sdk.platform import Deployment
    from groundwork.sdk.step_log import step_log
    from pipelines.forecasting.forecasting import make_forecasts
    from pipelines.forecasting.parameters import Parameters

    with step_log("select-and-predict") as log:
        chosen = Parameters.from_struct(parameters)
        weeks = max(chosen.horizon, Deployment.model_validate(deployment).holdout_weeks)
        result = make_forecasts(pd.read_parquet(history.path), chosen, weeks=weeks)
        result.frame.to_parquet(forecasts.path)
        result.selection.to_parquet(selection.path)
        log.info("selected", models=dict(zip(result.selection["series"], result.selection["model"], strict=True)))


@component
def store(  # noqa: PLR0913, PLR0917  kfp wants inputs and outputs flat
    run: str,
    deployment: dict[str, Any],
    parameters: dict[str, Any],
    history: dsl.Input[dsl.Dataset],
    forecasts: dsl.Input[dsl.Dataset],
    selection: dsl.Input[dsl.Dataset],
    metrics: dsl.Output[dsl.Metrics],
) -> None:
    """Check the forecasts, measure them on the holdout, store both, and keep a report next to the run's artifacts."""
    import pandas as pd

    from groundwork.sdk.platform import Deployment, connect
    from groundwork.sdk.runs import keep_report
    from groundwork.sdk.step_log import step_log
    from pipelines.forecasting.evaluation.measures import overall, summary
    from pipelines.forecasting.parameters import Parameters
    from pipelines.forecasting.report import own_report
    from pipelines.forecasting.storage import examine, store_results

    with step_log("store") as log:
        own, chosen = Deployment.model_validate(deployment), Parameters.from_struct(parameters)
        warehouse, frame, known = connect().warehouse, pd.read_parquet(forecasts.path), pd.read_parquet(history.path)
        accuracy = examine(warehouse, own, chosen, frame, known)
        for name, value in overall(accuracy).items():
            metrics.log_metric(name, value)
        requested = frame[frame["step"] <= chosen.horizon]
        kept = keep_report(own, run, own_report(chosen, known, requested, pd.read_parquet(selection.path)))
        store_results(warehouse, own.dataset, run=run, forecasts=requested, accuracy=accuracy)
        log.info("stored", deployment=own.name, batch=run, report=kept, summary=summary(accuracy))


@component
def notify(run: str, deployment: dict[str, Any], status: dsl.PipelineTaskFinalStatus) -> None:
    """Notify the owners of the run's success or failure."""
    from groundwork.sdk.platform import Deployment
    from groundwork.sdk.runs import notify_owners
    from groundwork.sdk.step_log import step_log

    with step_log("notify") as log:
        own = Deployment.model_validate(deployment)
        notify_owners(own, run, succeeded=status.state == "SUCCEEDED")
        log.info("notified", owners=own.owners, state=status.state)
