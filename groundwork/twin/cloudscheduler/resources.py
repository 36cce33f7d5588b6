"""Cloud Scheduler: a job is a checked record; the twin has no clock of its own, so `groundwork reconcile` runs the jobs.

https://cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs
"""

from __future__ import annotations

from collections.abc import Iterator

from groundwork.twin.core.resource_type import Fault, Properties, ResourceType, dig, known
from groundwork.twin.core.store import Store
from groundwork.twin.pubsub.resources import require_topic


class Job(ResourceType):
    """A message that is published to a topic on a schedule. Google's own agent publishes, without a grant.

    https://cloud.google.com/scheduler/docs/http-target-auth. Google can also call HTTP addresses; the twin cannot.
    """

    type = "gcp:cloudscheduler/job:Job"
    api = "cloudscheduler.googleapis.com"
    required = frozenset({"name", "region", "schedule", "pubsubTarget"})
    optional = frozenset({"description"})
    immutable = frozenset({"name", "region"})
    defaults = {"paused": False, "timeZone": "Etc/UTC"}

    def id(self, inputs: Properties) -> str:
        """Return Google's full name of it."""
        return f"projects/{inputs['project']}/locations/{inputs['region']}/jobs/{inputs['name']}"

    def outputs(self, inputs: Properties) -> Properties:
        """Return the state of the job."""
        return {"state": "PAUSED" if inputs["paused"] is True else "ENABLED"}

    def faults(self, inputs: Properties) -> Iterator[Fault]:
        """Yield a message that Pub/Sub does not take: https://cloud.google.com/pubsub/docs/reference/rest/v1/PubsubMessage."""
        target = inputs["pubsubTarget"]
        if known(target) and not (target.get("data") or target.get("attributes")):
            yield Fault("pubsubTarget", "a message has `data`, or at least one of `attributes`")

    def check(self, store: Store, inputs: Properties) -> None:
        """Refuse a topic that does not exist."""
        require_topic(store, str(dig(inputs, "pubsubTarget.topicName")))
