"""The section `federation`: keyless access for the repository's CI outside of Google Cloud."""

from typing import Annotated

from pydantic import AfterValidator, Field

from groundwork.environment import validators
from groundwork.environment.sections.base import Section, each_once


class Federation(Section):
    """Access for GitHub Actions of the environment's repository, as an identity that can only read."""

    branches: Annotated[
        tuple[Annotated[str, AfterValidator(validators.branch)], ...],
        Field(min_length=1, max_length=10),
        AfterValidator(each_once),
    ]
    """The branches with commits that may act as the identity. Builds of pull requests may not: any GitHub user can open one."""

    repository_id: Annotated[int, Field(ge=1, lt=2**63)]
    """GitHub's number of the repository (`gh api repos/OWNER/NAME --jq .id`): another owner can reuse a released name."""

    pool: Annotated[str, AfterValidator(validators.pool)] = "outside-ci"
    """The id of the workload identity pool. Google reserves the id of a deleted pool for 30 days: after a `destroy`, choose
    another id or undelete the pool."""
