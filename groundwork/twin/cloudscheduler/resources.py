"""Cloud Scheduler: a job is a checked record; on the twin no time passes by itself, `groundwork reconcile` plays the clock.

https://cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs
"""

from __future__ import annotations

from collections.abc import Iterator

from groundwork.twin.core.resource_type import Fault, Properties, ResourceType, dig, known
from groundwork.twin.core.store import Store
from groundwork.twin.pubsub.resources import require_topic


class Job(ResourceType):
    """Something published to a topic whenever it is time. Google's own agent publishes: it may, as soon as the API is enabled.

    https://cloud.google.com/scheduler/docs/http-target-auth. Google also calls addresses; the twin does not.
    """

    type = "gcp:cloudscheduler/job:Job"
    api = "cloudscheduler.googleapis.com"
    required = frozenset({"name", "region", "schedule", "pubsubTarget"})
    optional = frozenset({"description"})
    immutable = frozenset({"name", "region"})
    defaults = {"paused": False, "timeZone": "Etc/UTC"}

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return f"projects/{given['project']}/locations/{given['region']}/jobs/{given['name']}"

    def outputs(self, given: Properties) -> Properties:
        """Return that it waits for its time."""
        return {"state": "PAUSED" if given["paused"] is True else "ENABLED"}

    def faults(self, given: Properties) -> Iterator[Fault]:
        """Yield a message that Pub/Sub does not take: https://cloud.google.com/pubsub/docs/reference/rest/v1/PubsubMessage."""
        target = given["pubsubTarget"]
        if known(target) and not (target.get("data") or target.get("attributes")):
            yield Fault("pubsubTarget", "a message has `data`, or at least one of `attributes`")

    def check(self, store: Store, given: Properties) -> None:
        """Refuse a topic that does not exist."""
        require_topic(store, str(dig(given, "pubsubTarget.topicName")))
