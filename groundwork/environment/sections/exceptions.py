"""The section `exceptions`: exceptions from policy rules."""

import datetime as dt
from typing import Annotated

from pydantic import Field, StringConstraints

from groundwork.environment.sections.base import Section


class Exemption(Section):
    """An exception of one resource from one rule, with a reason and an end date."""

    rule: Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z]+)*$")]
    """The code of the rule, like public-address."""

    resource: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    """The resource as the error names it: type::name."""

    reason: Annotated[str, StringConstraints(min_length=10, max_length=500)]
    """The reason, for later readers."""

    until: Annotated[dt.date, Field(strict=False)]
    """The last day of the exception, like 2027-03-31."""
