"""What people may ask of the factory: a topic and a trigger for each thing, of each deployment.

Cloud Build grants the start of a build for a whole project, and whoever has it can start every trigger there. Publishing is
granted topic by topic: so a person can ask for this one thing, and for nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from components.message_trigger import MessageTrigger, MessageTriggerArgs
from components.services import Services
from components.topic import Topic, TopicArgs
from groundwork.environment import names
from groundwork.environment.file import Environment
from groundwork.google.build_file import BuildFile
from stacks import people
from stacks.factory import Factory
from stacks.factory_settings import told_to_builds

ASKED: Mapping[str, tuple[str, ...]] = {"retry": ("candidate", "by", "reason"), "rollback": ("by", "reason")}
"""What can be asked for, and what a message says with it; each has a file of its own name in `cloudbuild/`."""


def asking(
    environment: Environment,
    services: Services,
    builds: Mapping[str, BuildFile],
    factory: Factory,
    told: Mapping[str, pulumi.Output[dict[str, Any]]],
) -> None:
    """Build it."""
    for name, settings in told.items():
        for what, build in builds.items():
            called = names.request_topic(name, what)
            topic = Topic(called, _topic(called, environment, factory), services.before("pubsub"))
            args = MessageTriggerArgs(
                trigger=called,
                project=environment.project,
                region=environment.region,
                description=f"A person asks for a {what} of {name}",
                build=build.fill(_FACTORY=settings.apply(told_to_builds), _IMAGE=environment.platform_image),
                topic=topic.topic.apply(lambda short: f"projects/{environment.project}/topics/{short}"),
                service_account=factory.identity.id_in_project,
                attributes=ASKED[what],
            )
            MessageTrigger(called, args, services.before("cloudbuild", "pubsub"))


def _topic(name: str, environment: Environment, factory: Factory) -> TopicArgs:
    return TopicArgs(
        topic=name,
        project=environment.project,
        labels=factory.labels,
        key=factory.key,
        publishers=people.of_requests(environment),
    )
