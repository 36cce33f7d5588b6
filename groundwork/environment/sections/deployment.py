"""The section `deployments`: the instances of pipelines, and the thresholds for their candidates."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from groundwork.environment import table_schemas, validators
from groundwork.environment.cron import cron
from groundwork.environment.sections.base import People, Positive, Section, either, read


class Thresholds(Section):
    """The thresholds of one metric for the gate; at least one of them is required."""

    at_most: Positive | None = None
    """The highest value that passes."""

    at_least: Positive | None = None
    """The lowest value that passes."""

    ratio_to_baseline: Positive | None = None
    """The highest ratio to the baseline's metric that passes; the lowest one for a metric where higher is better."""

    ratio_to_champion: Positive | None = None
    """The same ratio to the champion's metric; not checked while there is no champion."""

    @model_validator(mode="after")
    def _some(self) -> Self:
        thresholds = self.model_dump()
        if not any(thresholds.values()):
            raise ValueError(f"has no threshold: set {either(thresholds)}")
        if self.at_most is not None and self.at_least is not None and self.at_least > self.at_most:
            raise ValueError(f"no value is at least {self.at_least} and at most {self.at_most}")
        return self


class Deployment(Section):
    """One isolated instance of a pipeline."""

    pipeline: Annotated[str, AfterValidator(validators.folder)]
    """The name of the pipeline's folder in `pipelines/`."""

    owners: People
    """The e-mail addresses that are notified of runs, failures and review decisions."""

    retention_days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    """Days until run artifacts are deleted. Omit to keep them."""

    gate: Mapping[Annotated[str, AfterValidator(validators.metric)], Thresholds] = Field(default_factory=dict)
    """The thresholds for a candidate, by the name of the metric. Required with a holdout, refused without one."""

    schedule: Annotated[str, AfterValidator(cron)] | None = None
    """The cron schedule of the champion in UTC: minute, hour, day, month, weekday. Omit for no schedule."""

    @field_validator("pipeline")
    @classmethod
    def _exists(cls, pipeline: str) -> str:
        read(lambda: table_schemas.pipeline_tables(pipeline))
        return pipeline

    def ungated(self, holdout_weeks: int) -> str:
        """Return the mistake in `gate` for a holdout of this many weeks; "" for none."""
        if holdout_weeks and not self.gate:
            return f"gate is missing: with {holdout_weeks} held-out weeks there are results to measure"
        if self.gate and not holdout_weeks:
            return "gate is set, but no weeks are held out to measure on: remove it, or set `holdout.weeks`"
        return ""
