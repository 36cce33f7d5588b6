"""Topics that programs publish to and others listen on.

Owns the topic and who may publish to it. Does not own subscriptions: who listens brings theirs.
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
    """Its name, unique in the project."""

    project: str
    """The project that owns it."""

    labels: Mapping[str, str]
    """Whose it is and what manages it."""

    key: pulumi.Input[str] | None = None
    """Full name of the Cloud KMS key that encrypts messages; None: Google's own. Its service's agent may use it already."""

    publishers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """IAM members who may publish, keyed by a name that will not change."""


class Topic(pulumi.ComponentResource):
    """A topic and the grants on it.

    Produces `<name>` (gcp.pubsub.Topic) and `<name>-publisher-<key>` (gcp.pubsub.TopicIAMMember) per publisher.
    """

    topic: pulumi.Output[str]
    """Its name, to grant on or publish to; known only once its grants are in place."""

    def __init__(self, name: str, args: TopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:pubsub:Topic", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        topic = gcp.pubsub.Topic(
            name, name=args.topic, project=args.project, labels=args.labels, kms_key_name=args.key, opts=child
        )
        grants = [
            gcp.pubsub.TopicIAMMember(
                f"{name}-publisher-{who}",
                project=args.project,
                topic=topic.name,
                role="roles/pubsub.publisher",
                member=member,
                opts=child,
            )
            for who, member in args.publishers.items()
        ]

        self.topic = known_after(topic.name, grants)
        self.register_outputs({"topic": self.topic})
