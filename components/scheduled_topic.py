"""Topics that receive a message on a schedule.

Owns a Cloud Scheduler job and its topic. Does not own the subscribers. It needs no identity that could be misused: Google's own
agent publishes, and a subscriber reacts with its own account. A job that starts builds directly would need an identity with
permission to start any build as that account.
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
    """One schedule."""

    topic: str
    """Name of the job and of its topic."""

    project: str
    """The project that owns both."""

    region: str
    """The job's region; topics are global."""

    description: str
    """Purpose of the messages."""

    schedule: str
    """Cron schedule in UTC: minute, hour, day, month, weekday."""

    labels: Mapping[str, str]
    """Labels of client, environment and managing tool; for the topic, as jobs have no labels."""

    key: pulumi.Input[str] | None = None
    """Full name of the Cloud KMS key that encrypts messages; the service's agent must have access to it. None: Google's own
    key."""

    publishers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """IAM members who may publish at any time, in addition to Google's own agent, keyed by a stable name."""

    def __post_init__(self) -> None:
        if not _SCHEDULE.fullmatch(self.schedule):
            raise ValueError(f"{self.schedule!r} is not a schedule: use minute, hour, day, month, weekday, like '*/5 * * * *'")


class ScheduledTopic(pulumi.ComponentResource):
    """A topic that receives a message at each time of a schedule.

    Produces `<name>` (gcp.cloudscheduler.Job and, through `Topic`, gcp.pubsub.Topic).
    """

    topic: pulumi.Output[str]
    """`projects/…/topics/…`, for subscriptions and triggers."""

    def __init__(self, name: str, args: ScheduledTopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:cloudscheduler:ScheduledTopic", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        topic = Topic(name, _topic(args), child)
        full_name = topic.topic.apply(lambda short: f"projects/{args.project}/topics/{short}")
        gcp.cloudscheduler.Job(
            name,
            name=args.topic,
            project=args.project,
            region=args.region,
            description=args.description,
            schedule=args.schedule,
            time_zone="Etc/UTC",
            pubsub_target={"topic_name": full_name, "data": base64.b64encode(args.topic.encode()).decode()},
            opts=child,
        )

        self.topic = full_name
        self.register_outputs({"topic": self.topic})


def _topic(args: ScheduledTopicArgs) -> TopicArgs:
    return TopicArgs(topic=args.topic, project=args.project, labels=args.labels, key=args.key, publishers=args.publishers)
