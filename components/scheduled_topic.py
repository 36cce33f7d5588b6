"""What says when it is time.

Owns a scheduler's job and the topic that it publishes to. Does not own what listens. There is no identity in it that could be
misused: Google's own agent publishes, and a message starts what its listener holds, as the listener's account. Were the job
to start builds itself, its identity would need the right to start any build as that account.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp

from components.topic import Topic, TopicArgs

_SCHEDULE = re.compile(r"\S+( \S+){4}")


@dataclass(frozen=True, kw_only=True)
class ScheduledTopicArgs:
    """One clock."""

    clock: str
    """Name of the job and of its topic."""

    project: str
    """The project that owns both."""

    region: str
    """Where the job is; a topic is everywhere."""

    description: str
    """What it is time for."""

    schedule: str
    """When, in UTC, as cron says it: minute, hour, day, month, weekday."""

    labels: Mapping[str, str]
    """Whose it is and what manages it; a job has none, its topic has."""

    key: pulumi.Input[str] | None = None
    """Full name of the Cloud KMS key that encrypts messages; None: Google's own. Its service's agent may use it already."""

    publishers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """IAM members who may say that it is time, besides Google's own agent, keyed by a name that will not change."""

    def __post_init__(self) -> None:
        if not _SCHEDULE.fullmatch(self.schedule):
            raise ValueError(f"{self.schedule!r} is not a schedule: minute, hour, day, month and weekday, like '*/5 * * * *'")


class ScheduledTopic(pulumi.ComponentResource):
    """A topic to which something is published whenever it is time.

    Produces `<name>` (gcp.cloudscheduler.Job and, through `Topic`, gcp.pubsub.Topic).
    """

    topic: pulumi.Output[str]
    """`projects/…/topics/…`, to listen to."""

    def __init__(self, name: str, args: ScheduledTopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:cloudscheduler:ScheduledTopic", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        topic = Topic(name, _topic(args), child)
        full_name = topic.topic.apply(lambda short: f"projects/{args.project}/topics/{short}")
        gcp.cloudscheduler.Job(
            name,
            name=args.clock,
            project=args.project,
            region=args.region,
            description=args.description,
            schedule=args.schedule,
            time_zone="Etc/UTC",
            pubsub_target={"topic_name": full_name, "data": base64.b64encode(args.clock.encode()).decode()},
            opts=child,
        )

        self.topic = full_name
        self.register_outputs({"topic": self.topic})


def _topic(args: ScheduledTopicArgs) -> TopicArgs:
    return TopicArgs(topic=args.clock, project=args.project, labels=args.labels, key=args.key, publishers=args.publishers)
