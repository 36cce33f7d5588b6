"""What everything else in an environment stands on: the project and its rules, APIs, the topic, the image repository."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pulumi

from components.encryption import Encryption, EncryptionArgs
from components.guardrails import Guardrails, GuardrailsArgs
from components.project import Creation, Project, ProjectArgs
from components.registry import Registry, RegistryArgs
from components.service_agents import ServiceAgents, ServiceAgentsArgs
from components.services import Services, ServicesArgs
from components.topic import Topic, TopicArgs
from groundwork.environment.file import Environment

SERVICES = (
    *("aiplatform", "artifactregistry", "bigquery", "billingbudgets", "cloudbuild", "cloudresourcemanager"),
    *("cloudscheduler", "compute", "iam", "iamcredentials", "logging", "monitoring", "notebooks", "orgpolicy", "pubsub"),
    *("secretmanager", "servicenetworking", "serviceusage", "storage", "sts"),
)

AGENTS = ("aiplatform", "artifactregistry", "notebooks", "secretmanager")
"""Services whose agents are made before they are needed; Cloud Build's comes with the connection, Pub/Sub's with the budget."""

ENCRYPTED = ("cloudkms",)
"""What a key of the client's own takes besides."""

RELEASED: Mapping[str, tuple[Literal["KFP", "PYTHON"], str]] = {
    "packages": ("PYTHON", "Packages that pipelines and notebooks install; releases push them"),
    "pipelines": ("KFP", "Compiled pipelines; releases push them, and schedules run them by digest"),
}
"""Repositories beside the images'."""


@dataclass(frozen=True, kw_only=True)
class Foundation:
    """What later parts take from here."""

    services: Services
    agents: ServiceAgents
    topic: Topic
    images: Registry
    key: pulumi.Output[str] | None
    """The key that encrypts what is made here, if the client has one; known once every service may use it."""


def foundation(environment: Environment, labels: Mapping[str, str]) -> Foundation:
    """Build it."""
    project = environment.project
    wanted = (*SERVICES, *ENCRYPTED) if environment.encryption else SERVICES
    services = Services("apis", ServicesArgs(project=_project(environment, labels), services=wanted))
    agents = ServiceAgents(
        "agents", ServiceAgentsArgs(project=project, services=AGENTS), services.before(*AGENTS, "serviceusage")
    )
    _guardrails(environment, services)
    key = _key(environment, services)
    topic = Topic(
        "notifications",
        TopicArgs(topic="notifications", project=project, labels=labels, key=key),
        services.before("pubsub"),
    )
    images = Registry(
        "images",
        RegistryArgs(
            repository="images",
            project=project,
            location=environment.region,
            description="The platform's released images; releases push them",
            labels=labels,
            protect=environment.protect_data,
            key=key,
        ),
        services.before("artifactregistry"),
    )
    for what, (holds, description) in RELEASED.items():
        Registry(
            what,
            RegistryArgs(
                repository=what,
                project=project,
                location=environment.region,
                description=description,
                labels=labels,
                protect=environment.protect_data,
                key=key,
                holds=holds,
                # what is pinned by its digest has no tag: no age makes it safe to delete
                untagged_days=None,
            ),
            services.before("artifactregistry"),
        )
    return Foundation(services=services, agents=agents, topic=topic, images=images, key=key)


def _project(environment: Environment, labels: Mapping[str, str]) -> pulumi.Output[str]:
    wanted = environment.foundation.create_project
    creation = Creation(parent=wanted.parent, billing_account=wanted.billing_account) if wanted else None
    return Project("project", ProjectArgs(project=environment.project, labels=labels, creation=creation)).project


def _guardrails(environment: Environment, services: Services) -> None:
    wanted = environment.foundation
    Guardrails(
        "guardrails",
        GuardrailsArgs(
            project=environment.project,
            region=environment.region,
            organization_policies=wanted.organization_policies,
            audit_data_access=wanted.audit_data_access,
            keep_default_accounts=wanted.keep_default_accounts,
        ),
        services.before("cloudresourcemanager", "compute", "iam", "orgpolicy"),
    )


def _key(environment: Environment, services: Services) -> pulumi.Output[str] | None:
    """Let the services use the client's key, if it has one."""
    if not environment.encryption:
        return None
    agents = ("aiplatform", "artifactregistry", "bigquery", "compute", "notebooks", "pubsub", "secretmanager", "storage")
    first = services.before("cloudkms", *agents)
    return Encryption("data-key", EncryptionArgs(key=environment.encryption.key, project=environment.project), first).key
