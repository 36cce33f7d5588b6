"""Where people learn from the data."""

from typing import Annotated

from pydantic import AfterValidator

from groundwork.environment import validators
from groundwork.environment.sections.base import Email, Section


class Workbench(Section):
    """One data scientist's notebooks."""

    owner: Email
    """The one person who may open it."""

    machine_type: Annotated[str, AfterValidator(validators.machine_type)] = "e2-standard-4"
    """Of Compute Engine."""

    zone: Annotated[str, AfterValidator(validators.zone_letter)] = "b"
    """Letter of the zone in the environment's region; every region has a b, not every region has an a."""
