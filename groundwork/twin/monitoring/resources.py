"""Cloud Monitoring: who is told, and when. Checked records: the twin has no metrics, and opens no incident."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from groundwork.twin.core.resource_type import Fault, Properties, ResourceType, dig, known
from groundwork.twin.core.store import Refused, Store

CONDITIONS = 6
"""In one policy, as are 16 channels: https://cloud.google.com/monitoring/quotas."""
CHANNELS = 16
LONGEST_ABSENCE = 84_600
"""23 hours and a half, in seconds: https://cloud.google.com/monitoring/alerts/metric-absence."""
MINUTE = 60
SORTS = frozenset({"conditionAbsent", "conditionMatchedLog", "conditionPrometheusQueryLanguage", "conditionThreshold"})
SECONDS = re.compile(r"(\d{1,7})s")


class NotificationChannel(ResourceType):
    """An address. Google chooses the number in the id; here it follows from the name, so another name is another channel."""

    type = "gcp:monitoring/notificationChannel:NotificationChannel"
    api = "monitoring.googleapis.com"
    required = frozenset({"displayName", "labels", "type"})
    optional = frozenset({"description", "userLabels"})
    immutable = frozenset({"displayName", "type"})
    defaults = {"enabled": True, "forceDelete": False}
    supported = {"type": re.compile("email|pubsub")}

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return numbered(given, "notificationChannels", given["type"], given["displayName"])

    def outputs(self, given: Properties) -> Properties:
        """Return the name, by which policies know it."""
        return {"name": self.id(given)}

    def faults(self, given: Properties) -> Iterator[Fault]:
        """Yield a channel without an address."""
        wanted = {"email": "email_address", "pubsub": "topic"}[given["type"]] if known(given["type"]) else None
        if wanted and known(given["labels"]) and not given["labels"].get(wanted):
            yield Fault("labels", f"a channel of type {given['type']} needs the label `{wanted}`")

    def remove(self, store: Store, given: Properties) -> None:
        """Refuse while a policy names it, unless the program forces it."""
        name = self.id(given)
        users = [id_ for id_, policy in store.all(AlertPolicy.type) if name in (policy.get("notificationChannels") or ())]
        if users and not given["forceDelete"]:
            raise Refused(f"channel {name} is named by {users[0]}", "take it out of the policy first, or set `force_delete`")


class AlertPolicy(ResourceType):
    """Conditions and whom to tell. Its id follows from its name, like a channel's."""

    type = "gcp:monitoring/alertPolicy:AlertPolicy"
    api = NotificationChannel.api
    required = frozenset({"combiner", "conditions", "displayName"})
    optional = frozenset({"alertStrategy", "documentation", "notificationChannels", "severity", "userLabels"})
    immutable = frozenset({"displayName"})
    defaults = {"enabled": True}

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return numbered(given, "alertPolicies", given["displayName"])

    def outputs(self, given: Properties) -> Properties:
        """Return the name."""
        return {"name": self.id(given)}

    def faults(self, given: Properties) -> Iterator[Fault]:
        """Yield what Google refuses of conditions, and of a strategy that does not go with them."""
        conditions = given["conditions"]
        if not isinstance(conditions, list):
            return  # not known yet
        if not 1 <= len(conditions) <= CONDITIONS:
            yield Fault("conditions", f"a policy has 1 to {CONDITIONS} conditions, not {len(conditions)}")
        for condition in conditions:
            yield from (Fault("conditions", reason) for reason in _condition(condition))
        channels = given.get("notificationChannels")
        if isinstance(channels, list) and len(channels) > CHANNELS:
            yield Fault("notificationChannels", f"a policy tells {CHANNELS} channels at most, not {len(channels)}")
        yield from _limit(given, conditions)

    def check(self, store: Store, given: Properties) -> None:
        """Refuse channels that do not exist."""
        require_channels(store, given.get("notificationChannels"))


def numbered(given: Properties, collection: str, *names: str) -> str:
    """Return a full name that ends in a number, as Google's do; the number follows from the names."""
    number = uuid.uuid5(uuid.NAMESPACE_URL, "/".join([given["project"], collection, *names])).int % 10**19
    return f"projects/{given['project']}/{collection}/{number}"


def require_channels(store: Store, channels: Any) -> None:
    """Raise Refused unless each channel exists."""
    for channel in channels or ():
        row = store.get(NotificationChannel.type, channel)
        if not row or not row.ready:
            raise Refused(f"channel {channel} does not exist", "create it in the same program and take its name from there")


def _condition(condition: Any) -> Iterator[str]:
    if not isinstance(condition, Mapping):
        return  # not known yet
    sorts = sorted(name for name in condition if name.startswith("condition") and condition[name] is not None)
    if strangers := sorted(set(sorts) - SORTS):
        yield f"the twin does not know {', '.join(strangers)}; it knows {', '.join(sorted(SORTS))}"
    elif len(sorts) != 1:
        yield f"a condition is of one sort, not of {len(sorts)}: {', '.join(sorted(SORTS))}"
    for sort in sorts:
        duration = dig(condition, f"{sort}.duration")
        if duration is not None and known(duration):
            yield from _duration(sort, duration)
    query = dig(condition, "conditionPrometheusQueryLanguage.query")
    if "conditionPrometheusQueryLanguage" in sorts and known(query) and not str(query or "").strip():
        yield "a condition in PromQL needs a `query`"


def _duration(sort: str, duration: str) -> Iterator[str]:
    """Yield what is wrong with one: minutes in seconds, and an absence is not watched for longer than Google remembers."""
    written = SECONDS.fullmatch(duration)
    if not written or int(written[1]) % MINUTE:
        yield f"`{sort}.duration` is `{duration}`; write whole minutes in seconds, such as 120s"
    elif sort == "conditionAbsent" and not 2 * MINUTE <= int(written[1]) <= LONGEST_ABSENCE:
        yield f"`{sort}.duration` is `{duration}`: 120s to {LONGEST_ABSENCE}s; longer ones can be asked for in PromQL"


def _limit(given: Properties, conditions: list[Any]) -> Iterator[Fault]:
    """Yield what goes wrong with log lines: https://cloud.google.com/logging/docs/alerting/log-based-alerts."""
    limit = dig(given, "alertStrategy.notificationRateLimit.period")
    lines = [one for one in conditions if isinstance(one, Mapping) and one.get("conditionMatchedLog") is not None]
    if lines and len(conditions) > 1:
        yield Fault("conditions", "a condition on a log line is the only one of its policy")
    if lines and limit is None:
        yield Fault("alertStrategy", "a policy on a log line needs `notificationRateLimit.period`")
    if limit is not None and not lines:
        yield Fault("alertStrategy", "`notificationRateLimit` goes with a condition on a log line only")
