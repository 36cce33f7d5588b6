"""What an environment stands on: its project, and the rules that hold in it."""

from typing import Annotated, Self

from pydantic import AfterValidator, model_validator

from groundwork.environment import validators
from groundwork.environment.sections.base import Section


class Creation(Section):
    """How to make the project; the person or build that runs `up` needs the right to make projects there, and to bill them."""

    folder: Annotated[str, AfterValidator(validators.number)] | None = None
    """The number of the folder it goes into, in quotes."""

    organization: Annotated[str, AfterValidator(validators.number)] | None = None
    """The number of the organisation it goes into, in quotes, where there are no folders."""

    billing_account: Annotated[str, AfterValidator(validators.billing_account)]
    """Who pays, like 0A1B2C-3D4E5F-6A7B8C."""

    @model_validator(mode="after")
    def _in_one_place(self) -> Self:
        if (self.folder is None) is (self.organization is None):
            raise ValueError("a project is in a folder or right below an organisation: give `folder` or `organization`")
        return self

    @property
    def parent(self) -> str:
        """What Google calls the place."""
        return f"folders/{self.folder}" if self.folder else f"organizations/{self.organization}"


class Foundation(Section):
    """The project, and the rules that hold in it whoever acts."""

    create_project: Creation | None = None
    """Make the project. Leave it out to adopt one that is there; `destroy` deletes neither."""

    organization_policies: bool = False
    """Set organisation policies on the project: no account keys, no public buckets, no public addresses, nothing outside of the
    region. The project has to be in an organisation, and who runs `up` needs roles/orgpolicy.policyAdmin there."""

    audit_data_access: bool = False
    """Log who reads and writes data, too. Such logs are paid for."""

    keep_default_accounts: bool = False
    """Leave Google's default service accounts their roles: only in an adopted project where something else runs as them."""
