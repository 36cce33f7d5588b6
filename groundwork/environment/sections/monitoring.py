"""The section `monitoring`: alerts, budget alerts, and the retention of logs."""

from typing import Annotated

from pydantic import AfterValidator, Field

from groundwork.environment import validators
from groundwork.environment.sections.base import People, Positive, Section


class Budget(Section):
    """A monthly budget. Google sends notifications at its thresholds and does not stop any service."""

    amount: Annotated[int, Field(ge=1, le=10**12)]
    """The amount in whole units of the currency."""

    currency: Annotated[str, AfterValidator(validators.currency)]
    """The currency of the billing account, like EUR: Google does not accept another one."""

    billing_account: Annotated[str, AfterValidator(validators.billing_account)]
    """The id of the billing account, like 0X0X0X-0X0X0X-0X0X0X; `up` needs `roles/billing.costsManager` on it."""

    thresholds: Annotated[tuple[Annotated[Positive, Field(le=10)], ...], Field(min_length=1, max_length=10)] = (0.5, 0.9, 1.0)
    """The fractions of the amount at which notifications are sent."""


class Monitoring(Section):
    """Alerts, a budget, and the retention of logs."""

    alert_emails: Annotated[People, Field(max_length=5)]
    """The e-mail addresses that are notified; at most five, as a budget does not accept more."""

    stale_results_days: Annotated[int, Field(ge=1, le=30)] | None = None
    """Days after which a scheduled deployment without new results is reported. Omit for no such alert."""

    keep_logs_days: Annotated[int, Field(ge=1, le=3650)] | None = None
    """Days for which a bucket keeps copies of audit logs and of logs of builds and runs. Omit to rely on Google's retention."""

    budget: Budget | None = None
    """The monthly budget. Omit for no budget alerts."""
