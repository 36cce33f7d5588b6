"""Who is told when something goes wrong or gets expensive, and how long logs are kept."""

from typing import Annotated

from pydantic import AfterValidator, Field

from groundwork.environment import names
from groundwork.environment.sections.base import People, Positive, Section


class Budget(Section):
    """What a month may cost. Google tells when it does; it switches nothing off."""

    amount: Annotated[int, Field(ge=1, le=10**12)]
    """Whole units of the currency."""

    currency: Annotated[str, AfterValidator(names.currency)]
    """The billing account's own, like EUR: Google takes no other."""

    billing_account: Annotated[str, AfterValidator(names.billing_account)]
    """Its id, like 0X0X0X-0X0X0X-0X0X0X; whoever runs `up` needs `roles/billing.costsManager` on it."""

    thresholds: Annotated[tuple[Annotated[Positive, Field(le=10)], ...], Field(min_length=1, max_length=10)] = (0.5, 0.9, 1.0)
    """The parts of the amount at which people are told."""


class Monitoring(Section):
    """What is watched."""

    alert_emails: Annotated[People, Field(max_length=5)]
    """Who is told; a budget takes no more than five."""

    stale_results_days: Annotated[int, Field(ge=1, le=30)] | None = None
    """A scheduled deployment that has stored no results for so long is reported. Absent: none is."""

    keep_logs_days: Annotated[int, Field(ge=1, le=3650)] | None = None
    """Logs of audit, builds and runs are copied to a bucket and stay there for so long. Absent: they go when Google's own do."""

    budget: Budget | None = None
    """What a month may cost."""
