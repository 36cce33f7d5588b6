"""What an environment may do although a rule refuses it."""

import datetime as dt
from typing import Annotated

from pydantic import Field, StringConstraints

from groundwork.environment.sections.base import Section


class Exemption(Section):
    """One resource that one rule lets pass, for a reason and for a while."""

    rule: Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z]+)*$")]
    """The finding's code, like public-address."""

    resource: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    """The resource as the finding names it: type::name."""

    reason: Annotated[str, StringConstraints(min_length=10, max_length=500)]
    """Why, for whoever reads it in a year."""

    until: Annotated[dt.date, Field(strict=False)]
    """The last day on which it holds, like 2027-03-31."""
