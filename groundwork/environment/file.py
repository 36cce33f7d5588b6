"""What one environment is, read once and checked before anything is built."""

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

from groundwork.environment import names
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
from groundwork.environment.terraform.values import Taken, take
from groundwork.errors import GroundworkError


class Environment(Section):
    """One environment of one client. dev and prod differ in their files, never in the program."""

    project: Annotated[str, AfterValidator(names.project)]
    """The Google project, from `gcp:project`."""

    client: Annotated[str, AfterValidator(names.client)]
    """The organisation; a label on everything."""

    region: Annotated[str, AfterValidator(names.region)]
    """Where everything is: connection, repository and triggers have to share one region."""

    protect_data: bool = True
    """Refuse, in the preview, whatever would delete data: destroying or replacing buckets, datasets with tables, tables,
    repositories of releases, the metadata store, secrets, or people's machines."""

    platform_image: Annotated[str, AfterValidator(names.image)]
    """The platform's released image, in which builds run, by its digest (`gcloud artifacts docker images describe`)."""

    foundation: Foundation = Field(default_factory=Foundation)

    network: Network | None = None
    """Leave it out: no network of ours, and Workbench instances are in the project's default one."""

    repository: Repository
    chain: Chain

    reviewers: People
    """E-mail addresses of the people who approve or reject changes to this environment; one decides, never an author."""

    next_reviewers: People | None = None
    """The next environment's own `reviewers`, who are asked about what leaves this one; required where the chain goes on."""

    people: Groups = Field(default_factory=Groups)
    """Who works here besides, and what each group needs. Absent: what people may do is granted elsewhere."""

    factory: Factory = Field(default_factory=Factory)

    raw_tables: Annotated[Mapping[Annotated[str, AfterValidator(names.table)], RawTable], Field(min_length=1)]
    """The client's raw tables by name."""

    holdout: Holdout = Field(default_factory=Holdout)

    workbenches: Mapping[Annotated[str, AfterValidator(names.workbench)], Workbench] = Field(default_factory=dict)
    """One per data scientist, by a short name of theirs."""

    deployments: Annotated[Mapping[Annotated[str, AfterValidator(names.deployment)], Deployment], Field(min_length=1)]
    """What runs here, by name."""

    secrets: Mapping[Annotated[str, AfterValidator(names.secret)], Secret] = Field(default_factory=dict)
    """Credentials that pipelines need, by their names in Secret Manager."""

    encryption: Encryption | None = None
    """Encrypt the client's data with a key of its own. Absent: with Google's."""

    monitoring: Monitoring | None = None
    """Who is told when something goes wrong or gets expensive. Absent: nobody."""

    audit_log: AuditLog | None = None
    """Keep the audit log out of everybody's reach. Absent: it is where Google keeps it, and for as long."""

    platform_cd: PlatformCd | None = None
    """The builds that bring this environment itself up. Absent: people do, by hand."""

    federation: Federation | None = None
    """The repository's CI outside of Google, which may look in. Absent: nobody may."""

    serving: Serving | None = None
    """What Vertex AI keeps for runs and answers online. Absent: nothing of it."""

    exceptions: tuple[Exemption, ...] = ()
    """What a rule refuses and this environment does all the same, each with a reason and a last day."""

    _hidden: Hidden = PrivateAttr(default_factory=Hidden)

    @property
    def hidden(self) -> Hidden:
        """What of it may be shown nowhere."""
        return self._hidden

    @model_validator(mode="after")
    def _features(self) -> Self:
        """Columns that are not there would only be missed half-way through an `up`."""
        groups = self.serving.features if self.serving else {}
        found = [
            f"serving.features.{name}: {mistake}"
            for name, group in groups.items()
            for mistake in group.mistakes(self.deployments)
        ]
        if found:
            raise ValueError("; ".join(found))
        return self

    @field_validator("deployments")
    @classmethod
    def _apart(cls, deployments: Mapping[str, Deployment], info: ValidationInfo) -> Mapping[str, Deployment]:
        """No two may own the same thing."""
        if clashes := names.clashes(info.data.get("project"), deployments):
            raise ValueError(clashes)
        return deployments

    @model_validator(mode="after")
    def _secrets(self) -> Self:
        """Keep pipelines from what opens the repository."""
        own = {self.repository.token_secret, self.repository.git_provider_secret}
        if taken := sorted(own & self.secrets.keys()):
            raise ValueError(f"secrets.{taken[0]}: is a credential of the repository: no pipeline may read it")
        for name, secret in self.secrets.items():
            if strangers := [each for each in secret.deployments if each not in self.deployments]:
                there = ", ".join(self.deployments)
                raise ValueError(f"secrets.{name}: there is no deployment `{strangers[0]}`: there is {there}")
        return self

    @model_validator(mode="after")
    def _held_out(self) -> Self:
        """Keep the holdout from candidates: they could read all of a table without a column `time`."""
        weeks = self.holdout.weeks
        found = [
            f"raw_tables.{name}: has no `time`: candidates would know the {weeks} weeks that they are measured on; name the"
            " column that says when, or say `timeless: true` if it tells nothing of them"
            for name, table in self.raw_tables.items()
            if weeks and table.time is None and not table.timeless
        ]
        if weeks and all(table.timeless for table in self.raw_tables.values()):
            found.append(f"holdout.weeks: is {weeks}, and every raw table is `timeless`: there are no weeks to hold out")
        gates = {name: deployment.ungated(weeks) for name, deployment in self.deployments.items()}
        found += [f"deployments.{name}: {mistake}" for name, mistake in gates.items() if mistake]
        if found:
            raise ValueError("; ".join(found))
        return self

    @model_validator(mode="after")
    def _receivers(self) -> Self:
        """Ask about what leaves only those who receive it, and nobody about what goes nowhere."""
        goes_on = self.chain.own_branches[-1] != self.chain.branches[-1]
        if goes_on and self.next_reviewers is None:
            after = self.chain.branches[self.chain.branches.index(self.chain.own_branches[-1]) + 1]
            raise ValueError(f"next_reviewers is missing: name the reviewers of the environment of `{after}`, as its file does")
        if self.next_reviewers is not None and not goes_on:
            raise ValueError("next_reviewers is there, but the chain ends here: leave it out")
        return self

    @model_validator(mode="after")
    def _change_scope(self) -> Self:
        """Keep the platform's lane on a branch of this environment's own, so that no merge starts two environments' builds."""
        branch = self.platform_branch
        if branch is not None and (branch not in self.chain.own_branches or branch.endswith("*")):
            raise ValueError(f"platform_cd.branch is `{branch}`: name one of `chain.own_branches` in full")
        return self

    @property
    def platform_branch(self) -> str | None:
        """The branch of the platform's lane, if there is one."""
        return (self.platform_cd.branch or self.chain.own_branches[-1]) if self.platform_cd else None

    @model_validator(mode="after")
    def _near(self) -> Self:
        """Ask for a key where the data are: the services refuse one from elsewhere."""
        if self.encryption and f"/locations/{self.region}/" not in self.encryption.key:
            raise ValueError(f"encryption.key: `{self.encryption.key}` is not in {self.region}, where the data are")
        return self

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
        taken = _taken(section)
        try:
            environment = cls.model_validate_json(json.dumps({**taken.section, **known}))
        except ValidationError as error:  # whose own text shows values, sensitive ones among them
            raise _refused(_mistakes(cls, error.errors(include_url=False), taken, empty=text is None)) from None
        if taken.mistakes:
            raise _refused(taken.mistakes)
        environment._hidden = taken.hidden  # noqa: SLF001  an object of this class
        return environment


def _taken(section: Mapping[str, Any]) -> Taken:
    """Take what the file has from Terraform."""
    try:
        return take(section, pulumi.Config("groundwork").get("terraform"))
    except RecursionError as error:
        raise _refused(["groundwork:environment: is nested too deep"]) from error


def _mistakes(model: type[BaseModel], errors: list[ErrorDetails], taken: Taken, *, empty: bool) -> list[str]:
    """Say in one line that the whole section is missing, instead of one for every setting in it."""
    if not empty:
        return [*taken.mistakes, *taken.described(model, errors)]
    outside = [error for error in errors if error["loc"] == ("project",)]
    missing = "groundwork:environment: is missing; every stack's file has this section"
    return [*taken.mistakes, *taken.described(model, outside), missing]


def _refused(mistakes: list[str]) -> GroundworkError:
    file = f"Pulumi.{pulumi.get_stack()}.yaml"
    count = "a mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    listed = "".join(f"\n  {mistake}" for mistake in mistakes)
    return GroundworkError(
        "environment-invalid",
        f"{file} has {count}:{listed}\nnothing was changed",
        f"put right what is listed in {file}; the settings are described in docs/reference/environment.md",
    )
