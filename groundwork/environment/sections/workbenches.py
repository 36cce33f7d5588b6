"""The section `workbenches`: notebooks of data scientists."""

from typing import Annotated

from pydantic import AfterValidator

from groundwork.environment import validators
from groundwork.environment.sections.base import Email, Section


class Workbench(Section):
    """The Workbench instance of one data scientist."""

    owner: Email
    """The e-mail address of the one person who may open it."""

    machine_type: Annotated[str, AfterValidator(validators.machine_type)] = "e2-standard-4"
    """The machine type of Compute Engine."""

    zone: Annotated[str, AfterValidator(validators.zone_letter)] = "b"
    """The letter of the zone in the environment's region. Every region has a zone b; some have no zone a."""
