"""What runs: a deployment, and what its candidates have to reach."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from groundwork.environment import names, table_schemas
from groundwork.environment.cron import cron
from groundwork.environment.sections.base import People, Positive, Section, either, read


class Thresholds(Section):
    """What the gate asks of one metric: at least one of these."""

    at_most: Positive | None = None
    """The metric itself is at most this."""

    at_least: Positive | None = None
    """The metric itself is at least this."""

    ratio_to_baseline: Positive | None = None
    """At most this many times the baseline's; for a metric of which more is better, at least."""

    ratio_to_champion: Positive | None = None
    """The same, of the champion's; not asked while there is none."""

    @model_validator(mode="after")
    def _some(self) -> Self:
        bounds = self.model_dump()
        if not any(bounds.values()):
            raise ValueError(f"asks for nothing: give {either(bounds)}")
        if self.at_most is not None and self.at_least is not None and self.at_least > self.at_most:
            raise ValueError(f"nothing is at least {self.at_least} and at most {self.at_most}")
        return self


class Deployment(Section):
    """One isolated instance of a pipeline."""

    pipeline: Annotated[str, AfterValidator(names.folder)]
    """The folder below `pipelines/`."""

    owners: People
    """Who hears of runs, failures and review decisions: e-mail addresses."""

    retention_days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    """Delete run artifacts after this many days; leave it out to keep them."""

    gate: Mapping[Annotated[str, AfterValidator(names.metric)], Thresholds] = Field(default_factory=dict)
    """What a candidate's metrics have to reach, by the metric's name; required where `holdout.weeks` is more than 0, and only there."""

    schedule: Annotated[str, AfterValidator(cron)] | None = None
    """When the champion runs, in UTC, as cron says it: minute, hour, day, month, weekday. Leave it out: on nobody's clock."""

    @field_validator("pipeline")
    @classmethod
    def _there(cls, pipeline: str) -> str:
        read(lambda: table_schemas.pipeline_tables(pipeline))
        return pipeline

    def ungated(self, holdout_weeks: int) -> str:
        """Return what is wrong with its gate for a holdout of so many weeks; "" for nothing."""
        if holdout_weeks and not self.gate:
            return f"gate is missing: with {holdout_weeks} held-out weeks there are results to measure"
        if self.gate and not holdout_weeks:
            return "gate is there, but no weeks are held out to measure on: leave it out"
        return ""
