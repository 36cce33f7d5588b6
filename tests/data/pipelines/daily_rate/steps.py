"""The steps of the pipeline."""

from functools import partial
from typing import Any

from kfp import dsl  # type: ignore[import-untyped]  # kfp has no types

component = partial(dsl.component, base_image="python:3.11", install_kfp_package=False)


@component
def predict(run: str, deployment: dict[str, Any], days: int, weeks: int) -> None:
    """Read the visits, compute the rates of the next days and store them."""
    from pipelines.daily_rate.evaluation.rates import expected_rates, measured_rates

    from groundwork.sdk.platform import Deployment, connect
    from groundwork.sdk.report_blocks import Report, Text
    from groundwork.sdk.runs import keep_report
    from groundwork.sdk.step_log import step_log

    with step_log("predict") as log:
        own, warehouse = Deployment.model_validate(deployment), connect().warehouse
        rates = expected_rates(measured_rates(warehouse, own.raw), days=days, weeks=weeks)
        rows = rates.rename_axis("day").reset_index(name="rate")
        keep_report(own, run, Report(blocks=(Text(title="Method", text=f"Means of the last {weeks} weeks."),)))
        warehouse.append(f"{own.dataset}.rates", rows.assign(day=rows["day"].dt.date), batch=run)
        log.info("stored", rows=len(rows), summary=f"{len(rows)} rates are stored.")


@component
def notify(run: str, deployment: dict[str, Any], status: dsl.PipelineTaskFinalStatus) -> None:
    """Notify the owners of the run's success or failure."""
    from groundwork.sdk.platform import Deployment
    from groundwork.sdk.runs import notify_owners

    notify_owners(Deployment.model_validate(deployment), run, succeeded=status.state == "SUCCEEDED")
