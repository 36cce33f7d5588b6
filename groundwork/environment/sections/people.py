"""The people of an environment, by what they need of it."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from groundwork.environment import validators
from groundwork.environment.sections.base import Section, each_once

Members = Annotated[
    tuple[Annotated[str, AfterValidator(validators.member)], ...], Field(max_length=50), AfterValidator(each_once)
]


class Groups(Section):
    """Groups of people, each with what it needs and no more.

    A member is written `group:…` or `user:…`, with an address of Google's; who is in a group is Google's to know.
    """

    scientists: Members = ()
    """They have their Workbench (`workbenches`) and, where `open_data` is true, read the data."""

    open_data: bool = False
    """Let scientists query the raw tables and what deployments have stored. For environments that are not production."""

    engineers: Members = ()
    """They see builds, approve a `pulumi up`, read logs, and have the factory look around at once."""

    reviewers: Members = ()
    """They read the reports, and no data, and ask for the champion before. Whose word counts is said in `reviewers`."""

    auditors: Members = ()
    """They read the ledger, the audit log and the logs that are kept."""

    code_owners: Annotated[
        tuple[Annotated[str, AfterValidator(validators.code_owner)], ...], Field(max_length=20), AfterValidator(each_once)
    ] = ()
    """Whose review the platform's files need: `@user` or `@organisation/team`; `groundwork codeowners` writes it for GitHub."""

    @model_validator(mode="after")
    def _to_somebody(self) -> Self:
        if self.open_data and not self.scientists:
            raise ValueError("open_data is true without readers: list `scientists`")
        return self
