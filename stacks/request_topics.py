"""People's requests to the factory: a topic and a trigger for each request, of each deployment.

Cloud Build grants the start of builds for a whole project, with every trigger in it. Publishing is granted topic by topic, so a
person can send one kind of request and start nothing else.
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
from stacks.factory_settings import build_settings

REQUESTS: Mapping[str, tuple[str, ...]] = {"retry": ("candidate", "by", "reason"), "rollback": ("by", "reason")}
"""The requests, and the attributes of their messages; each has a build file of its name in `cloudbuild/`."""


def request_topics(
    environment: Environment,
    services: Services,
    builds: Mapping[str, BuildFile],
    factory: Factory,
    settings: Mapping[str, pulumi.Output[dict[str, Any]]],
) -> None:
    """Build the topics and triggers."""
    for name, factory_settings in settings.items():
        for request, build in builds.items():
            key = names.request_topic(name, request)
            topic = Topic(key, _topic(key, environment, factory), services.before("pubsub"))
            args = MessageTriggerArgs(
                trigger=key,
                project=environment.project,
                region=environment.region,
                description=f"A person requests a {request} of {name}",
                build=build.fill(_FACTORY=factory_settings.apply(build_settings), _IMAGE=environment.platform_image),
                topic=topic.topic.apply(lambda short: f"projects/{environment.project}/topics/{short}"),
                service_account=factory.identity.id_in_project,
                attributes=REQUESTS[request],
            )
            MessageTrigger(key, args, services.before("cloudbuild", "pubsub"))


def _topic(name: str, environment: Environment, factory: Factory) -> TopicArgs:
    return TopicArgs(
        topic=name,
        project=environment.project,
        labels=factory.labels,
        key=factory.key,
        publishers=people.of_requests(environment),
    )
