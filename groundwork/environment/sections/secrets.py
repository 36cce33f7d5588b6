"""The section `secrets`: credentials for other services that pipelines need."""

from typing import Annotated

from pydantic import AfterValidator, Field

from groundwork.environment import validators
from groundwork.environment.sections.base import Section, each_once


class Secret(Section):
    """One secret. Pulumi creates it empty, and a person adds the payload, which is in no file and no state."""

    deployments: Annotated[
        tuple[Annotated[str, AfterValidator(validators.deployment)], ...], Field(min_length=1), AfterValidator(each_once)
    ]
    """The deployments with runs that may read it; names from the top-level `deployments`."""

    candidates: bool = False
    """Allow candidates to read it as well, and so every person who can push. Otherwise candidates run without the secret."""
