"""A project's monthly budget and its notifications.

Owns the budget. Does not own the billing account, nor the channels. It disables nothing: Google's budgets only notify.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

_MOST_CHANNELS = 5
"""https://cloud.google.com/billing/docs/how-to/budgets-notification-recipients."""


@dataclass(frozen=True, kw_only=True)
class BudgetArgs:
    """One project's budget."""

    budget: str
    """The budget's name, which the notification shows."""

    project: str
    """The project with the costs."""

    billing_account: str
    """Id of the account that pays for the project."""

    amount: int
    """Amount per month, in whole units of the currency."""

    currency: str
    """The currency of the billing account, like EUR."""

    thresholds: Sequence[float]
    """Fractions of the amount at which Google notifies, like 0.5."""

    channels: Mapping[str, pulumi.Input[str]]
    """Notification channels by a stable name. Google also notifies the administrators of the billing account."""

    def __post_init__(self) -> None:
        if not 1 <= len(self.channels) <= _MOST_CHANNELS:
            raise ValueError(f"channels has {len(self.channels)} entries: a budget needs 1 to {_MOST_CHANNELS}")
        if self.amount < 1:
            raise ValueError(f"amount is {self.amount}: use 1 or more")


class Budget(pulumi.ComponentResource):
    """A budget for one project.

    Produces `<name>` (gcp.billing.Budget) and `<name>-agent` (gcp.projects.ServiceIdentity). The agent exists in any project with
    Pub/Sub, and its address contains the project's number. A budget needs that number: Google stores a budget's projects by
    number, so an id would differ at each refresh.
    """

    def __init__(self, name: str, args: BudgetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:billing:Budget", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        agent = gcp.projects.ServiceIdentity(f"{name}-agent", service="pubsub.googleapis.com", project=args.project, opts=child)
        gcp.billing.Budget(
            name,
            billing_account=args.billing_account,
            display_name=args.budget,
            amount={"specified_amount": {"currency_code": args.currency, "units": str(args.amount)}},
            budget_filter={"projects": [agent.email.apply(lambda email: f"projects/{_number(email)}")]},
            threshold_rules=[{"threshold_percent": threshold} for threshold in args.thresholds],
            all_updates_rule={"monitoring_notification_channels": list(args.channels.values())},
            opts=child,
        )
        self.register_outputs({})


def _number(agent: str) -> str:
    """Return the project's number from an agent's address (https://cloud.google.com/iam/docs/service-agents)."""
    number = re.match(r"service-(\d+)@", agent)
    if not number:
        raise ValueError(f"{agent} is not the address of a service agent: it does not contain the project's number")
    return number[1]
