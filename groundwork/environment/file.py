"""The environment file: read once, and validated before any resource is created."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Self

import pulumi
from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from groundwork.environment import validators
from groundwork.environment.sections.audit_log import AuditLog
from groundwork.environment.sections.base import People, Section
from groundwork.environment.sections.data import Holdout, RawTable
from groundwork.environment.sections.delivery import Chain, Factory, Repository
from groundwork.environment.sections.deployment import Deployment
from groundwork.environment.sections.encryption import Encryption
from groundwork.environment.sections.exceptions import Exemption
from groundwork.environment.sections.federation import Federation
from groundwork.environment.sections.foundation import Foundation
from groundwork.environment.sections.monitoring import Monitoring
from groundwork.environment.sections.network import Network
from groundwork.environment.sections.people import Groups
from groundwork.environment.sections.platform_cd import PlatformCd
from groundwork.environment.sections.secrets import Secret
from groundwork.environment.sections.serving import Serving
from groundwork.environment.sections.workbenches import Workbench
from groundwork.environment.sensitive import Hidden
from groundwork.environment.terraform.values import Resolved, resolve
from groundwork.errors import GroundworkError


class Environment(Section):
    """One environment of one client. Environments differ in their files, never in the program."""

    project: Annotated[str, AfterValidator(validators.project)]
    """The Google project, from `gcp:project`."""

    client: Annotated[str, AfterValidator(validators.client)]
    """The organisation; becomes a label of all resources."""

    region: Annotated[str, AfterValidator(validators.region)]
    """The region of all resources: connection, repository and triggers must be in one region."""

    protect_data: bool = True
    """Refuse changes that delete data, already in the preview: destroying or replacing buckets, datasets with tables, tables,
    repositories of releases, the metadata store, secrets, or Workbench instances."""

    platform_image: Annotated[str, AfterValidator(validators.image)]
    """The released image of the platform, in which builds run, by its digest (`gcloud artifacts docker images describe`)."""

    foundation: Foundation = Field(default_factory=Foundation)

    network: Network | None = None
    """The private network. Omit to use the project's default network for Workbench instances."""

    repository: Repository
    chain: Chain

    reviewers: People
    """The e-mail addresses of those who approve or reject changes to this environment. One of them decides, never an author."""

    next_reviewers: People | None = None
    """The `reviewers` of the next environment, who decide on changes that leave this one. Required unless the chain ends here."""

    people: Groups = Field(default_factory=Groups)
    """Groups of people and their tasks. Omit to manage access outside of this file."""

    factory: Factory = Field(default_factory=Factory)

    raw_tables: Annotated[Mapping[Annotated[str, AfterValidator(validators.table)], RawTable], Field(min_length=1)]
    """The client's raw tables, by name."""

    holdout: Holdout = Field(default_factory=Holdout)

    workbenches: Mapping[Annotated[str, AfterValidator(validators.workbench)], Workbench] = Field(default_factory=dict)
    """The Workbench instances, one per data scientist, by a short name of the person."""

    deployments: Annotated[Mapping[Annotated[str, AfterValidator(validators.deployment)], Deployment], Field(min_length=1)]
    """The deployed pipelines, by the name of the deployment."""

    secrets: Mapping[Annotated[str, AfterValidator(validators.secret)], Secret] = Field(default_factory=dict)
    """The credentials that pipelines need, by their names in Secret Manager."""

    encryption: Encryption | None = None
    """Encryption of the client's data with a key of the client. Omit for Google's keys."""

    monitoring: Monitoring | None = None
    """Alerts, budgets and retained logs. Omit for none."""

    audit_log: AuditLog | None = None
    """A protected copy of the audit log. Omit to rely on Google's log and its retention."""

    platform_cd: PlatformCd | None = None
    """Builds that preview and deploy platform changes. Omit to run `pulumi up` by hand."""

    federation: Federation | None = None
    """Read-only access for the repository's CI outside of Google Cloud. Omit for no access."""

    serving: Serving | None = None
    """Vertex AI's metadata store, endpoints and features. Omit for none."""

    exceptions: tuple[Exemption, ...] = ()
    """Exceptions from policy rules, each with a reason and an end date."""

    _hidden: Hidden = PrivateAttr(default_factory=Hidden)

    @property
    def hidden(self) -> Hidden:
        """The sensitive values, which must not be shown."""
        return self._hidden

    @model_validator(mode="after")
    def _features(self) -> Self:
        """Refuse missing columns of features now: otherwise an `up` would fail half-way."""
        groups = self.serving.features if self.serving else {}
        mistakes = [
            f"serving.features.{name}: {mistake}"
            for name, group in groups.items()
            for mistake in group.mistakes(self.deployments)
        ]
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return self

    @field_validator("deployments")
    @classmethod
    def _distinct(cls, deployments: Mapping[str, Deployment], info: ValidationInfo) -> Mapping[str, Deployment]:
        """Refuse deployments that would own the same resource."""
        if conflicts := validators.conflicts(info.data.get("project"), deployments):
            raise ValueError(conflicts)
        return deployments

    @model_validator(mode="after")
    def _secrets(self) -> Self:
        """Refuse to give pipelines the credentials of the repository."""
        own = {self.repository.token_secret, self.repository.git_provider_secret}
        if taken := sorted(own & self.secrets.keys()):
            raise ValueError(f"secrets.{taken[0]}: is a credential of the repository, which no pipeline may read: remove it")
        for name, secret in self.secrets.items():
            if unknown := [deployment for deployment in secret.deployments if deployment not in self.deployments]:
                existing = ", ".join(self.deployments)
                raise ValueError(f"secrets.{name}: there is no deployment `{unknown[0]}`; deployments: {existing}")
        return self

    @model_validator(mode="after")
    def _held_out(self) -> Self:
        """Refuse tables that would show the holdout to candidates: a table without a column `time` has no training view."""
        weeks = self.holdout.weeks
        mistakes = [
            f"raw_tables.{name}: has no `time`: candidates could read the {weeks} weeks that they are measured on; name the"
            " column with the date or time, or set `timeless: true` if the table contains no information about these weeks"
            for name, table in self.raw_tables.items()
            if weeks and table.time is None and not table.timeless
        ]
        if weeks and all(table.timeless for table in self.raw_tables.values()):
            mistakes.append(f"holdout.weeks: is {weeks}, but every raw table is `timeless`: there are no weeks to hold out")
        gates = {name: deployment.ungated(weeks) for name, deployment in self.deployments.items()}
        mistakes += [f"deployments.{name}: {mistake}" for name, mistake in gates.items() if mistake]
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return self

    @model_validator(mode="after")
    def _receivers(self) -> Self:
        """Require `next_reviewers` if the chain continues in another environment, and refuse them otherwise."""
        goes_on = self.chain.own_branches[-1] != self.chain.branches[-1]
        if goes_on and self.next_reviewers is None:
            after = self.chain.branches[self.chain.branches.index(self.chain.own_branches[-1]) + 1]
            raise ValueError(f"next_reviewers is missing: name the reviewers of the environment of `{after}`, as its file does")
        if self.next_reviewers is not None and not goes_on:
            raise ValueError("next_reviewers is set, but the chain ends in this environment: remove it")
        return self

    @model_validator(mode="after")
    def _change_scope(self) -> Self:
        """Require a branch of this environment for platform CD, so that no merge starts the builds of two environments."""
        branch = self.platform_branch
        if branch is not None and (branch not in self.chain.own_branches or branch.endswith("*")):
            raise ValueError(f"platform_cd.branch is `{branch}`: name one of `chain.own_branches` in full")
        return self

    @property
    def platform_branch(self) -> str | None:
        """The branch of platform CD; None without platform CD."""
        return (self.platform_cd.branch or self.chain.own_branches[-1]) if self.platform_cd else None

    @model_validator(mode="after")
    def _near(self) -> Self:
        """Require a key in the region of the data: services refuse a key of another region."""
        if self.encryption and f"/locations/{self.region}/" not in self.encryption.key:
            raise ValueError(f"encryption.key: `{self.encryption.key}` is not in {self.region}, the region of the data")
        return self

    @classmethod
    def load(cls) -> Self:
        """Return the environment of the selected stack; raises GroundworkError that lists all mistakes in its file by path."""
        text = pulumi.Config("groundwork").get("environment")
        try:
            section = {} if text is None else json.loads(text)
        except (ValueError, RecursionError) as error:
            raise _refused([f"groundwork:environment: is not a readable mapping: {error}"]) from error
        if not isinstance(section, dict):
            raise _refused(["groundwork:environment: is not a mapping of settings to values"])
        if "project" in section:
            raise _refused(["groundwork:environment.project: is not a setting; set `gcp:project` instead, next to the section"])
        project = pulumi.Config("gcp").get("project")
        outside = {} if project is None else {"project": project}
        resolved = _resolved(section)
        try:
            environment = cls.model_validate_json(json.dumps({**resolved.section, **outside}))
        except ValidationError as error:  # its own text would show values, sensitive ones too
            raise _refused(_mistakes(cls, error.errors(include_url=False), resolved, empty=text is None)) from None
        if resolved.mistakes:
            raise _refused(resolved.mistakes)
        environment._hidden = resolved.hidden  # noqa: SLF001  an object of this class
        return environment


def _resolved(section: Mapping[str, Any]) -> Resolved:
    """Return the section with the values from Terraform."""
    try:
        return resolve(section, pulumi.Config("groundwork").get("terraform"))
    except RecursionError as error:
        raise _refused(["groundwork:environment: is nested too deep"]) from error


def _mistakes(model: type[BaseModel], errors: list[ErrorDetails], resolved: Resolved, *, empty: bool) -> list[str]:
    """Return the mistakes; a missing section is one mistake, not one for every setting in it."""
    if not empty:
        return [*resolved.mistakes, *resolved.described(model, errors)]
    outside = [error for error in errors if error["loc"] == ("project",)]
    missing = "groundwork:environment: is missing; every environment file needs this section"
    return [*resolved.mistakes, *resolved.described(model, outside), missing]


def _refused(mistakes: list[str]) -> GroundworkError:
    file = f"Pulumi.{pulumi.get_stack()}.yaml"
    count = "a mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    listed = "".join(f"\n  {mistake}" for mistake in mistakes)
    return GroundworkError(
        "environment-invalid",
        f"{file} has {count}:{listed}\nnothing was changed",
        f"correct the listed settings in {file}; they are described in docs/reference/environment.md",
    )
