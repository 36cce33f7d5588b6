"""What a project may cost in a month, and who is told when it does.

Owns the budget. Does not own the billing account, nor the channels; and switches nothing off, as Google's budgets only tell.
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
    """Its name, as people read it in the message."""

    project: str
    """Whose costs."""

    billing_account: str
    """Id of the account that pays for them."""

    amount: int
    """Whole units of the currency, a month."""

    currency: str
    """The billing account's own."""

    thresholds: Sequence[float]
    """The parts of the amount at which to tell."""

    channels: Mapping[str, pulumi.Input[str]]
    """Notification channels by a name that will not change; besides, Google tells the account's own administrators."""

    def __post_init__(self) -> None:
        if not 1 <= len(self.channels) <= _MOST_CHANNELS:
            raise ValueError(f"a budget notifies 1 to {_MOST_CHANNELS} channels, not {len(self.channels)}")
        if self.amount < 1:
            raise ValueError(f"{self.amount} is not an amount: at least 1")


class Budget(pulumi.ComponentResource):
    """A budget for one project.

    Produces `<name>` (gcp.billing.Budget) and `<name>-agent` (gcp.projects.ServiceIdentity), which is there in any project with
    Pub/Sub and carries the project's number: Google keeps a budget's projects by number, and an id would differ at each refresh.
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
    found = re.match(r"service-(\d+)@", agent)
    if not found:
        raise ValueError(f"{agent} is not a service agent's address: the project's number is not in it")
    return found[1]
