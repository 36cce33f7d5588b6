"""What runs outside of Google and may look in: the repository's own CI, without a key."""

from typing import Annotated

from pydantic import AfterValidator, Field

from groundwork.environment import validators
from groundwork.environment.sections.base import Section, each_once


class Federation(Section):
    """GitHub Actions of the environment's repository, acting as an identity that can only read."""

    branches: Annotated[
        tuple[Annotated[str, AfterValidator(validators.branch)], ...],
        Field(min_length=1, max_length=10),
        AfterValidator(each_once),
    ]
    """What is pushed to these may act as it; a pull request's build may not, as anybody can open one."""

    repository_id: Annotated[int, Field(ge=1, lt=2**63)]
    """GitHub's number of the repository (`gh api repos/OWNER/NAME --jq .id`): a name that is given up can be another's."""

    pool: Annotated[str, AfterValidator(validators.pool)] = "outside-ci"
    """Google keeps a deleted pool, and its name, for 30 days: give another after a `destroy`, or undelete it."""
