"""Credentials of others that a client's pipelines need."""

from typing import Annotated

from pydantic import AfterValidator, Field

from groundwork.environment import validators
from groundwork.environment.sections.base import Section, each_once


class Secret(Section):
    """One secret. Pulumi makes it empty; a person puts the payload in, which is in no file and no state."""

    deployments: Annotated[
        tuple[Annotated[str, AfterValidator(validators.deployment)], ...], Field(min_length=1), AfterValidator(each_once)
    ]
    """Whose runs may read it; each is one of `deployments`."""

    candidates: bool = False
    """Candidates may read it, too, and so may whoever can push. Without it their runs have to do without the secret."""
