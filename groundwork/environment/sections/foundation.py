"""The section `foundation`: the project, and the rules that apply to all of it."""

from typing import Annotated, Self

from pydantic import AfterValidator, model_validator

from groundwork.environment import validators
from groundwork.environment.sections.base import Section


class Creation(Section):
    """The parent and the billing account of a new project; `up` needs permission to create projects there and to link billing."""

    folder: Annotated[str, AfterValidator(validators.number)] | None = None
    """The number of the parent folder, in quotes."""

    organization: Annotated[str, AfterValidator(validators.number)] | None = None
    """The number of the parent organisation, in quotes, if it has no folders."""

    billing_account: Annotated[str, AfterValidator(validators.billing_account)]
    """The id of the billing account, like 0A1B2C-3D4E5F-6A7B8C."""

    @model_validator(mode="after")
    def _in_one_place(self) -> Self:
        if (self.folder is None) is (self.organization is None):
            raise ValueError("a project has one parent: set either `folder` or `organization`")
        return self

    @property
    def parent(self) -> str:
        """Google's name of the parent."""
        return f"folders/{self.folder}" if self.folder else f"organizations/{self.organization}"


class Foundation(Section):
    """The project, and the rules that apply to every user of it."""

    create_project: Creation | None = None
    """Create the project. Omit to use an existing project. `destroy` deletes neither."""

    organization_policies: bool = False
    """Set organisation policies on the project: no account keys, no public buckets, no public addresses, no resources outside of
    the region. The project must be in an organisation, and `up` needs roles/orgpolicy.policyAdmin there."""

    audit_data_access: bool = False
    """Log read and write access to data as well. Google charges for these logs."""

    keep_default_accounts: bool = False
    """Keep the roles of Google's default service accounts. Only for an existing project where other software runs as them."""
