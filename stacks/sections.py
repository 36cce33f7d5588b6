"""The sections of an environment's file, each checked by itself."""

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from groundwork.errors import GroundworkError
from stacks import names, tables
from stacks.cron import cron
from stacks.mistakes import shown

T = TypeVar("T")


def _each_once(people: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(people)) < len(people):
        raise ValueError("names somebody twice")
    return people


def _read(read: Callable[[], T]) -> T:
    try:
        return read()
    except GroundworkError as error:
        raise ValueError(error.message.replace("\n", "; ")) from error


def _either(choices: Iterable[str]) -> str:
    *others, last = choices
    return f"{', '.join(others)} or {last}"


Email = Annotated[str, AfterValidator(names.email)]
People = Annotated[tuple[Email, ...], Field(min_length=1), AfterValidator(_each_once)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Section(BaseModel):
    """A part of the environment file: a key that is not known is a mistake, not an extra, and "3" is no number."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


class Repository(Section):
    """Where the client's code is."""

    remote: Annotated[str, AfterValidator(names.remote)]
    """https://github.com/<owner>/<name>.git"""

    installation_id: Annotated[int, Field(ge=1, lt=2**63)]
    """Of Cloud Build's GitHub App, from the address of the installation's page."""

    token_secret: Annotated[str, AfterValidator(names.secret)]
    """Secret Manager secret that a person made before the first `up`; its latest version is read."""

    forge_secret: Annotated[str, AfterValidator(names.secret)]
    """Another one, made likewise: the factory's own credential on the forge, with which it opens and reads pull requests."""

    @model_validator(mode="after")
    def _two_secrets(self) -> Self:
        """Cloud Build's agent may read the one, the factory the other, and neither both."""
        if self.forge_secret == self.token_secret:
            raise ValueError("token_secret and forge_secret are the same secret: each has a reader of its own")
        return self

    @property
    def name(self) -> str:
        """The last part of the remote."""
        return self.remote.rsplit("/", 1)[1].removesuffix(".git")


class Chain(Section):
    """The branches that a change goes up, the last of which is production's."""

    branches: Annotated[tuple[str, ...], AfterValidator(names.chain)]
    """In order, at least two. The first may end in `*`, which stands for anything; the others are names in full."""

    here: Annotated[tuple[str, ...], Field(min_length=1)]
    """Those of them that belong to this environment, consecutive and in the same order: what is pushed to them is judged here."""

    @model_validator(mode="after")
    def _consecutive(self) -> Self:
        length = len(self.here)
        runs = [self.branches[first : first + length] for first in range(len(self.branches) - length + 1)]
        if self.here not in runs:
            raise ValueError("`here` is not a run of consecutive entries of `branches`, in their order")
        return self


class Factory(Section):
    """How candidates are judged."""

    identities: Annotated[int, Field(ge=1, le=20)] = 8
    """Size of the pool of candidates' identities: how many candidates are executed at once."""

    remind_days: Annotated[int, Field(ge=1, le=365)] = 3
    """Reviewers are reminded of a pull request that has waited for so long."""

    expire_days: Annotated[int, Field(ge=1, le=365)] = 14
    """And what waits for so long is rolled back; more than `remind_days`."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.expire_days <= self.remind_days:
            raise ValueError(f"expire_days is {self.expire_days}, not more than remind_days, {self.remind_days}")
        return self


class RawTable(Section):
    """One table of the client's raw data."""

    schema_file: Annotated[str, AfterValidator(names.path), Field(alias="schema")]
    """BigQuery schema file, its path within this project."""

    key: Annotated[tuple[str, ...], Field(min_length=1)]
    """The columns that tell rows apart: the primary key."""

    time: str | None = None
    """The column that says when: what candidates may know of the table ends before the held-out weeks. Without: all of it."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """Read the file: what is wrong with it belongs among the mistakes, not into the middle of an `up`."""
        _read(lambda: tables.table(self.schema_file, self.key))
        if self.time is not None and self.time_type not in tables.TIMES:
            raise ValueError(f"the time {shown(self.time)} is no column of {self.schema_file} of type {_either(tables.TIMES)}")
        return self

    @property
    def time_type(self) -> str | None:
        """The type of the column `time`, in BigQuery's words."""
        columns = tables.table(self.schema_file).columns
        return next((column["type"] for column in columns if column["name"] == self.time), None)


class Workbench(Section):
    """One data scientist's notebooks."""

    owner: Email
    """The one person who may open it."""

    machine_type: Annotated[str, AfterValidator(names.machine_type)] = "e2-standard-4"
    """Of Compute Engine."""

    zone: Annotated[str, AfterValidator(names.zone_letter)] = "b"
    """Letter of the zone in the environment's region; every region has a b, not every region has an a."""


class Bounds(Section):
    """What the gate asks of one figure: at least one of these."""

    at_most: Positive | None = None
    """The figure itself is at most this."""

    at_least: Positive | None = None
    """The figure itself is at least this."""

    of_naive: Positive | None = None
    """At most this many times seasonal naive's; for a figure of which more is better, at least."""

    of_champion: Positive | None = None
    """The same, of the champion's; not asked while there is none."""

    @model_validator(mode="after")
    def _some(self) -> Self:
        bounds = self.model_dump()
        if not any(bounds.values()):
            raise ValueError(f"asks for nothing: give {_either(bounds)}")
        if self.at_most is not None and self.at_least is not None and self.at_least > self.at_most:
            raise ValueError(f"nothing is at least {self.at_least} and at most {self.at_most}")
        return self


class Deployment(Section):
    """One isolated instance of a pipeline."""

    pipeline: Annotated[str, AfterValidator(names.folder)]
    """The folder below `pipelines/`."""

    owners: People
    """Who hears of runs, failures and verdicts: e-mail addresses."""

    held_out_weeks: Annotated[int, Field(ge=0, le=520)]
    """How many of the newest weeks are kept from training, to measure accuracy on; 0 forecasts the future."""

    retention_days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    """Delete run artifacts after this many days; leave it out to keep them."""

    gate: Mapping[Annotated[str, AfterValidator(names.figure)], Bounds] = Field(default_factory=dict)
    """What a candidate's figures have to reach, by the figure's name; required where weeks are held out, and only there."""

    schedule: Annotated[str, AfterValidator(cron)] | None = None
    """When the champion runs, in UTC, as cron says it: minute, hour, day, month, weekday. Leave it out: on nobody's clock."""

    @field_validator("pipeline")
    @classmethod
    def _there(cls, pipeline: str) -> str:
        _read(lambda: tables.pipeline_tables(pipeline))
        return pipeline

    @model_validator(mode="after")
    def _gated(self) -> Self:
        if self.held_out_weeks and not self.gate:
            raise ValueError(f"gate is missing: with {self.held_out_weeks} held-out weeks there is accuracy to judge")
        if self.gate and not self.held_out_weeks:
            raise ValueError("gate is there, but no weeks are held out to measure on: leave it out")
        return self
