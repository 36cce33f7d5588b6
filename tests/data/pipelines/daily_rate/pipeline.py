"""The graph of the pipeline."""

from typing import Any

from kfp import dsl  # type: ignore[import-untyped]  # kfp has no types
from pipelines.daily_rate.steps import notify, predict


@dsl.pipeline(name="daily-rate", description="The expected conversion rate of each of the next days.")  # type: ignore[untyped-decorator]  # as above
def daily_rate(run: str, deployment: dict[str, Any], days: int, weeks: int) -> None:
    """Predict and store; then notify the owners of success or failure."""
    notified = notify(run=run, deployment=deployment)
    with dsl.ExitHandler(notified, name="rates"):
        predict(run=run, deployment=deployment, days=days, weeks=weeks)
