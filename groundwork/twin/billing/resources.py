"""Cloud Billing: budgets. Checked records: nothing costs anything here, and no billing account can be asked for its currency."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping

from groundwork.twin.core.resource_type import Fault, Properties, ResourceType, dig, known
from groundwork.twin.core.store import Store
from groundwork.twin.monitoring.resources import require_channels

CHANNELS = 5
"""https://cloud.google.com/billing/docs/how-to/budgets-notification-recipients."""
PROJECT = re.compile(r"projects/\d+")
UNITS = re.compile(r"[1-9]\d{0,14}")
CURRENCY = re.compile(r"[A-Z]{3}")


class Budget(ResourceType):
    """What may be spent. Its id follows from its name, where Google chooses one."""

    type = "gcp:billing/budget:Budget"
    api = "billingbudgets.googleapis.com"
    required = frozenset({"amount", "billingAccount", "displayName"})
    optional = frozenset({"allUpdatesRule", "budgetFilter", "thresholdRules"})
    immutable = frozenset({"billingAccount", "displayName"})

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return f"billingAccounts/{given['billingAccount']}/budgets/{self._last(given)}"

    def outputs(self, given: Properties) -> Properties:
        """Return the last part."""
        return {"name": self._last(given)}

    def faults(self, given: Properties) -> Iterator[Fault]:
        """Yield amounts, thresholds and listeners that Google refuses.

        https://cloud.google.com/billing/docs/reference/budget/rest/v1/billingAccounts.budgets
        """
        yield from _amount(given["amount"])
        for rule in given.get("thresholdRules") or () if known(given.get("thresholdRules")) else ():
            if rule["thresholdPercent"] < 0:
                yield Fault("thresholdRules", f"{rule['thresholdPercent']} is no part of an amount: 1.0 is all of it")
        projects = dig(given, "budgetFilter.projects")
        for project in projects if isinstance(projects, list) else ():
            if known(project) and not PROJECT.fullmatch(project):
                yield Fault("budgetFilter", f"`{project}`: Google keeps projects by number, as projects/123456789012")
        channels = dig(given, "allUpdatesRule.monitoringNotificationChannels")
        if isinstance(channels, list) and len(channels) > CHANNELS:
            yield Fault("allUpdatesRule", f"a budget tells {CHANNELS} channels at most, not {len(channels)}")

    def check(self, store: Store, given: Properties) -> None:
        """Refuse channels that do not exist."""
        require_channels(store, dig(given, "allUpdatesRule.monitoringNotificationChannels"))

    def _last(self, given: Properties) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{given['billingAccount']}/{given['displayName']}"))


def _amount(amount: object) -> Iterator[Fault]:
    if not isinstance(amount, Mapping) or not known(amount):
        return
    if strangers := sorted(set(amount) - {"specifiedAmount"}):
        yield Fault("amount", f"the twin does not know {', '.join(strangers)} of it")
    elif not UNITS.fullmatch(str(dig(amount, "specifiedAmount.units") or "")):
        yield Fault("amount", "`specifiedAmount.units` is a whole number above 0, in quotes")
    elif not CURRENCY.fullmatch(str(dig(amount, "specifiedAmount.currencyCode") or "")):
        yield Fault("amount", "`specifiedAmount.currencyCode` is the billing account's own currency, like EUR")
