"""What everything else in an environment stands on: APIs, the notifications topic, the image repository."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from components.registry import Registry, RegistryArgs
from components.services import Services, ServicesArgs
from components.topic import Topic, TopicArgs
from stacks.config import Environment

SERVICES = (
    *("aiplatform", "artifactregistry", "bigquery", "billingbudgets", "cloudbuild", "cloudresourcemanager"),
    *("cloudscheduler", "compute", "iam", "iamcredentials", "logging", "monitoring", "notebooks", "pubsub", "secretmanager"),
    *("serviceusage", "storage", "sts"),
)


@dataclass(frozen=True, kw_only=True)
class Foundation:
    """What later parts take from here."""

    services: Services
    topic: Topic
    images: Registry


def foundation(environment: Environment, labels: Mapping[str, str]) -> Foundation:
    """Build it."""
    project = environment.project
    services = Services("apis", ServicesArgs(project=project, services=SERVICES))
    topic = Topic("notifications", TopicArgs(topic="notifications", project=project, labels=labels), services.before("pubsub"))
    images = Registry(
        "images",
        RegistryArgs(
            repository="images",
            project=project,
            location=environment.region,
            description="The platform's released images; releases push them",
            labels=labels,
        ),
        services.before("artifactregistry"),
    )
    return Foundation(services=services, topic=topic, images=images)
