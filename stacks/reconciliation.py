"""What keeps promotions moving when no event does: a clock, and a trigger of each deployment's that hears it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from components.message_trigger import MessageTrigger, MessageTriggerArgs
from components.scheduled_topic import ScheduledTopic, ScheduledTopicArgs
from components.services import Services
from groundwork.environment import names
from groundwork.environment.file import Environment
from groundwork.google.build_file import BuildFile
from stacks import people
from stacks.factory import Factory
from stacks.factory_settings import told_to_builds

# decision 13: reconciliation is level-triggered, so a lost event costs at most this interval
OFTEN = "*/5 * * * *"
"""How late a promotion moves at most whose event was lost."""


def reconciliation(
    environment: Environment,
    services: Services,
    reconcile: BuildFile,
    factory: Factory,
    told: Mapping[str, pulumi.Output[dict[str, Any]]],
) -> None:
    """Build it."""
    clock = ScheduledTopic(
        names.RECONCILE,
        ScheduledTopicArgs(
            clock=names.RECONCILE,
            project=environment.project,
            region=environment.region,
            description="Has the factory move every promotion that has not ended",
            schedule=OFTEN,
            labels=factory.labels,
            key=factory.key,
            publishers=people.of_the_clock(environment),
        ),
        services.before("cloudscheduler", "pubsub"),
    )
    for name, settings in told.items():
        MessageTrigger(
            names.reconcile_trigger(name),
            MessageTriggerArgs(
                trigger=names.reconcile_trigger(name),
                project=environment.project,
                region=environment.region,
                description=f"Moves every promotion of {name} that has not ended",
                build=reconcile.fill(_FACTORY=settings.apply(told_to_builds), _IMAGE=environment.platform_image),
                topic=clock.topic,
                service_account=factory.identity.id_in_project,
            ),
            services.before("cloudbuild", "pubsub"),
        )
