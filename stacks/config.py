"""What one environment is, read once and checked before anything is built."""

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Self

import pulumi
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from groundwork.errors import GroundworkError
from stacks import names, tables
from stacks.mistakes import described

Email = Annotated[str, AfterValidator(names.email)]
Pattern = Annotated[str, AfterValidator(names.branch_pattern)]


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

    @property
    def name(self) -> str:
        """The last part of the remote."""
        return self.remote.rsplit("/", 1)[1].removesuffix(".git")


class Delivery(Section):
    """Which pushes become candidates here."""

    push: Pattern
    """Pushes to branches that match are built in this environment; regular expression, RE2."""

    target: Annotated[str, AfterValidator(names.branch)]
    """The branch that a candidate is compared with."""


class RawTable(Section):
    """One table of the client's raw data."""

    schema_file: Annotated[str, AfterValidator(names.path), Field(alias="schema")]
    """BigQuery schema file, its path within this project."""

    key: Annotated[tuple[str, ...], Field(min_length=1)]
    """The columns that tell rows apart: the primary key."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """Read the file: what is wrong with it belongs among the mistakes, not into the middle of an `up`."""
        _readable(lambda: tables.table(self.schema_file, self.key))
        return self


class Workbench(Section):
    """One data scientist's notebooks."""

    owner: Email
    """The one person who may open it."""

    machine_type: Annotated[str, AfterValidator(names.machine_type)] = "e2-standard-4"
    """Of Compute Engine."""

    zone: Annotated[str, AfterValidator(names.zone_letter)] = "b"
    """Letter of the zone in the environment's region; every region has a b, not every region has an a."""


class Deployment(Section):
    """One isolated instance of a pipeline."""

    pipeline: Annotated[str, AfterValidator(names.folder)]
    """The folder below `pipelines/`."""

    owners: Annotated[tuple[Email, ...], Field(min_length=1)]
    """Who hears of runs, failures and verdicts: e-mail addresses."""

    held_out_weeks: Annotated[int, Field(ge=0, le=520)]
    """How many of the newest weeks are kept from training, to measure accuracy on; 0 forecasts the future."""

    retention_days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    """Delete run artifacts after this many days; leave it out to keep them."""

    @field_validator("pipeline")
    @classmethod
    def _there(cls, pipeline: str) -> str:
        _readable(lambda: tables.pipeline_tables(pipeline))
        return pipeline

    @field_validator("owners")
    @classmethod
    def _each_once(cls, owners: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(owners)) < len(owners):
            raise ValueError("names somebody twice")
        return owners


class Environment(Section):
    """One environment of one client. dev and prod differ in their files, never in the program."""

    project: Annotated[str, AfterValidator(names.project)]
    """The Google project, from `gcp:project`; it is there already."""

    client: Annotated[str, AfterValidator(names.client)]
    """The organisation; a label on everything."""

    region: Annotated[str, AfterValidator(names.region)]
    """Where everything is: connection, repository and triggers have to share one region."""

    protect_data: bool = True
    """Refuse to destroy buckets and datasets with content."""

    platform_image: Annotated[str, AfterValidator(names.image)]
    """The platform's released image, in which builds run."""

    repository: Repository
    delivery: Delivery

    raw_tables: Annotated[Mapping[Annotated[str, AfterValidator(names.table)], RawTable], Field(min_length=1)]
    """The client's raw tables by name."""

    workbenches: Mapping[Annotated[str, AfterValidator(names.workbench)], Workbench] = Field(default_factory=dict)
    """One per data scientist, by a short name of theirs."""

    deployments: Annotated[Mapping[Annotated[str, AfterValidator(names.deployment)], Deployment], Field(min_length=1)]
    """What runs here, by name."""

    @field_validator("deployments")
    @classmethod
    def _apart(cls, deployments: Mapping[str, Deployment], info: ValidationInfo) -> Mapping[str, Deployment]:
        """No two may own the same thing."""
        if clashes := names.clashes(info.data.get("project"), deployments):
            raise ValueError(clashes)
        return deployments

    @classmethod
    def load(cls) -> Self:
        """Return the selected stack's environment; raises GroundworkError with every mistake in its file, each with its path."""
        text = pulumi.Config("groundwork").get("environment")
        try:
            section = {} if text is None else json.loads(text)
        except (ValueError, RecursionError) as error:
            raise _refused([f"groundwork:environment: is not a mapping that can be read: {error}"]) from error
        if not isinstance(section, dict):
            raise _refused(["groundwork:environment: is not a mapping of settings to values"])
        if "project" in section:
            raise _refused(["groundwork:environment.project: belongs beside it, as `gcp:project`"])
        project = pulumi.Config("gcp").get("project")
        known = {} if project is None else {"project": project}
        try:
            return cls.model_validate_json(json.dumps({**section, **known}))
        except ValidationError as error:
            raise _refused(_mistakes(cls, error.errors(include_url=False), empty=text is None)) from error


def _mistakes(model: type[BaseModel], errors: list[ErrorDetails], *, empty: bool) -> list[str]:
    """Say in one line that the whole section is missing, instead of one for every setting in it."""
    if not empty:
        return described(model, errors)
    outside = [error for error in errors if error["loc"] == ("project",)]
    return [*described(model, outside), "groundwork:environment: is missing; every stack's file has this section"]


def _refused(mistakes: list[str]) -> GroundworkError:
    file = f"Pulumi.{pulumi.get_stack()}.yaml"
    count = "a mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    listed = "".join(f"\n  {mistake}" for mistake in mistakes)
    return GroundworkError(
        "environment-invalid",
        f"{file} has {count}:{listed}\nnothing was changed",
        f"put right what is listed in {file}; the settings are described in stacks/config.py",
    )


def _readable(read: Callable[[], object]) -> None:
    try:
        read()
    except GroundworkError as error:
        raise ValueError(error.message.replace("\n", "; ")) from error
