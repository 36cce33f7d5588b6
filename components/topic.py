"""Pub/Sub topics.

Owns the topic and the grants to publish to it. Does not own subscriptions: each subscriber creates its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp

from components.grants import known_after


@dataclass(frozen=True, kw_only=True)
class TopicArgs:
    """One topic."""

    topic: str
    """The topic's name, unique in the project."""

    project: str
    """The project that owns the topic."""

    labels: Mapping[str, str]
    """Labels of client, environment and managing tool."""

    key: pulumi.Input[str] | None = None
    """Full name of the Cloud KMS key that encrypts messages; the service's agent must have access to it. None: Google's own
    key."""

    publishers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """IAM members who may publish, keyed by a stable name."""


class Topic(pulumi.ComponentResource):
    """A topic and the grants on it.

    Produces `<name>` (gcp.pubsub.Topic) and `<name>-publisher-<key>` (gcp.pubsub.TopicIAMMember) per publisher.
    """

    topic: pulumi.Output[str]
    """The topic's name; known after its grants exist."""

    def __init__(self, name: str, args: TopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:pubsub:Topic", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        topic = gcp.pubsub.Topic(
            name, name=args.topic, project=args.project, labels=args.labels, kms_key_name=args.key, opts=child
        )
        grants = [
            gcp.pubsub.TopicIAMMember(
                f"{name}-publisher-{key}",
                project=args.project,
                topic=topic.name,
                role="roles/pubsub.publisher",
                member=member,
                opts=child,
            )
            for key, member in args.publishers.items()
        ]

        self.topic = known_after(topic.name, grants)
        self.register_outputs({"topic": self.topic})
