"""The section `platform_cd`: previews of pull requests, and deployments after merges, of the platform itself."""

from typing import Annotated

from pydantic import AfterValidator

from groundwork.environment import validators
from groundwork.environment.sections.base import Section


class PlatformCd(Section):
    """The builds that run `pulumi preview` and `pulumi up` for this environment."""

    state: Annotated[str, AfterValidator(validators.state)]
    """The bucket of this project, `gs://…`, in which Pulumi keeps its state."""

    branch: Annotated[str, AfterValidator(validators.branch)] | None = None
    """A branch of `chain.own_branches`. Pull requests to it are previewed, merges into it are deployed. Omit for the last one."""
