"""Reconciliation: a schedule and a trigger for each deployment, which advance promotions when an event was lost."""

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
from stacks.factory_settings import build_settings

# decision 13: reconciliation is level-triggered, so a lost event costs at most this interval
OFTEN = "*/5 * * * *"
"""The longest delay of a promotion after a lost event."""


def reconciliation(
    environment: Environment,
    services: Services,
    reconcile: BuildFile,
    factory: Factory,
    settings: Mapping[str, pulumi.Output[dict[str, Any]]],
) -> None:
    """Build the schedule and the triggers."""
    schedule = ScheduledTopic(
        names.RECONCILE,
        ScheduledTopicArgs(
            topic=names.RECONCILE,
            project=environment.project,
            region=environment.region,
            description="Advances every promotion that has not ended",
            schedule=OFTEN,
            labels=factory.labels,
            key=factory.key,
            publishers=people.of_reconciliation(environment),
        ),
        services.before("cloudscheduler", "pubsub"),
    )
    for name, factory_settings in settings.items():
        MessageTrigger(
            names.reconcile_trigger(name),
            MessageTriggerArgs(
                trigger=names.reconcile_trigger(name),
                project=environment.project,
                region=environment.region,
                description=f"Advances every promotion of {name} that has not ended",
                build=reconcile.fill(_FACTORY=factory_settings.apply(build_settings), _IMAGE=environment.platform_image),
                topic=schedule.topic,
                service_account=factory.identity.id_in_project,
            ),
            services.before("cloudbuild", "pubsub"),
        )
