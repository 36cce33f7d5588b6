"""How the platform itself gets here: what a pull request previews, and a merge brings up."""

from typing import Annotated

from pydantic import AfterValidator

from groundwork.environment import validators
from groundwork.environment.sections.base import Section


class PlatformCd(Section):
    """The builds that preview and bring up this environment's own stack."""

    state: Annotated[str, AfterValidator(validators.state)]
    """Where Pulumi keeps the stack, `gs://…`: a bucket of this project."""

    branch: Annotated[str, AfterValidator(validators.branch)] | None = None
    """A branch of `chain.own_branches`: pull requests to it are previewed, merges into it brought up. Absent: the last one."""
