"""The shells of the steps: read paths, call one function, write paths. Each runs in a process of its own, so imports are late.

No `from __future__ import annotations` here: kfp reads the annotations themselves. `deployment` and `parameters` are structures
(`groundwork.contract.deployment.Deployment`, `pipelines.forecasting.parameters.Parameters`), in which integers arrive as floats.
"""

from functools import partial
from typing import Any

from kfp import dsl  # type: ignore[import-untyped]  # kfp has no types

component = partial(dsl.component, base_image="python:3.11", install_kfp_package=False)


@component
def retrieve(deployment: dict[str, Any], parameters: dict[str, Any], history: dsl.Output[dsl.Dataset]) -> None:
    """Read the sales up to the cutoff and check them."""
    import groundwork
    from groundwork.contract.deployment import Deployment
    from groundwork.sdk.step_log import step_log
    from pipelines.forecasting.evaluation.retrieval import retrieve_history
    from pipelines.forecasting.parameters import Parameters

    with step_log("retrieve") as log:
        place = Deployment.model_validate(deployment)
        frame = retrieve_history(
            groundwork.connect().warehouse,
            f"{place.raw}.sales",
            holdout_weeks=place.holdout_weeks,
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
    """Choose a model for each series by backtest, and forecast with it, beyond the horizon where more weeks are held out."""
    import pandas as pd

    from groundwork.contract.deployment import Deployment
    from groundwork.sdk.step_log import step_log
    from pipelines.forecasting.forecasting import make_forecasts
    from pipelines.forecasting.parameters import Parameters

    with step_log("select-and-predict") as log:
        chosen = Parameters.from_struct(parameters)
        weeks = max(chosen.horizon, Deployment.model_validate(deployment).holdout_weeks)
        made = make_forecasts(pd.read_parquet(history.path), chosen, weeks=weeks)
        made.frame.to_parquet(forecasts.path)
        made.selection.to_parquet(selection.path)
        log.info("selected", models=dict(zip(made.selection["series"], made.selection["model"], strict=True)))


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
    """Check the forecasts, measure them where weeks are held out, and store both, with a report beside the run's artifacts."""
    import pandas as pd

    import groundwork
    from groundwork.contract.deployment import Deployment
    from groundwork.sdk.step_log import step_log
    from pipelines.forecasting.evaluation.measures import overall, summary
    from pipelines.forecasting.parameters import Parameters
    from pipelines.forecasting.report import own_report, write_report
    from pipelines.forecasting.storage import examine, store_results

    with step_log("store") as log:
        place, chosen = Deployment.model_validate(deployment), Parameters.from_struct(parameters)
        platform, made, known = groundwork.connect(), pd.read_parquet(forecasts.path), pd.read_parquet(history.path)
        accuracy = examine(platform.warehouse, place, chosen, made, known)
        for name, value in overall(accuracy).items():
            metrics.log_metric(name, value)
        asked_for = made[made["step"] <= chosen.horizon]
        report = own_report(chosen, known, asked_for, pd.read_parquet(selection.path))
        kept = write_report(platform.objects, place, run, report)
        store_results(platform.warehouse, place.dataset, run=run, forecasts=asked_for, accuracy=accuracy)
        log.info("stored", deployment=place.name, batch=run, report=kept, summary=summary(accuracy))


@component
def notify(run: str, deployment: dict[str, Any], status: dsl.PipelineTaskFinalStatus) -> None:
    """Tell the owners how the run ended."""
    import groundwork
    from groundwork.contract.deployment import Deployment
    from groundwork.sdk.notifications import message, tell
    from groundwork.sdk.step_log import step_log

    with step_log("notify") as log:
        place, platform = Deployment.model_validate(deployment), groundwork.connect()
        said = platform.runner.log(run)
        tell(
            platform.notifications,
            place.owners,
            message(deployment=place.name, run=run, succeeded=status.state == "SUCCEEDED", log=said),
        )
        log.info("told", owners=place.owners, state=status.state)
