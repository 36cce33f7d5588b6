"""The section `people`: groups of people, by their tasks."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from groundwork.environment import validators
from groundwork.environment.sections.base import Section, each_once

Members = Annotated[
    tuple[Annotated[str, AfterValidator(validators.member)], ...], Field(max_length=50), AfterValidator(each_once)
]


class Groups(Section):
    """Groups of people, each with the roles for its task.

    A member is `group:…` or `user:…` with an address of a Google account. Google manages the members of a group.
    """

    scientists: Members = ()
    """Data scientists, who use their Workbench (`workbenches`) and, if `open_data` is true, read the data."""

    open_data: bool = False
    """Allow scientists to query the raw tables and the results of deployments. Use it only outside of production."""

    engineers: Members = ()
    """Platform engineers, who see builds, approve a `pulumi up`, read logs, and start a reconciliation."""

    reviewers: Members = ()
    """Reviewers, who read the reports, but no data, and request retries and rollbacks. The top-level `reviewers` lists the
    people who decide."""

    auditors: Members = ()
    """Auditors, who read the ledger, the audit log and the retained logs."""

    code_owners: Annotated[
        tuple[Annotated[str, AfterValidator(validators.code_owner)], ...], Field(max_length=20), AfterValidator(each_once)
    ] = ()
    """Required reviewers of platform files, `@user` or `@organisation/team`. `groundwork codeowners` writes them for GitHub."""

    @model_validator(mode="after")
    def _has_readers(self) -> Self:
        if self.open_data and not self.scientists:
            raise ValueError("open_data is true, but `scientists` is empty: list the members who may read the data")
        return self
