"""The foundation of an environment: project, guardrails, APIs, encryption, the notifications topic, artifact repositories."""

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
"""Services with agents that the program creates before their first use. Cloud Build's agent is created with the connection,
Pub/Sub's with the budget."""

ENCRYPTED = ("cloudkms",)
"""Additional services for a key of the client."""

RELEASED: Mapping[str, tuple[Literal["KFP", "PYTHON"], str]] = {
    "packages": ("PYTHON", "Packages that pipelines and notebooks install; releases push them"),
    "pipelines": ("KFP", "Compiled pipelines; releases push them, and schedules run them by digest"),
}
"""Repositories in addition to the images', with format and description."""


@dataclass(frozen=True, kw_only=True)
class Foundation:
    """Outputs for other parts of the program."""

    services: Services
    agents: ServiceAgents
    topic: Topic
    images: Registry
    key: pulumi.Output[str] | None
    """The key that encrypts the environment's data, if the client has one; known after every service has access to it."""


def foundation(environment: Environment, labels: Mapping[str, str]) -> Foundation:
    """Build the foundation."""
    project = environment.project
    apis = (*SERVICES, *ENCRYPTED) if environment.encryption else SERVICES
    services = Services("apis", ServicesArgs(project=_project(environment, labels), services=apis))
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
    for repository, (holds, description) in RELEASED.items():
        Registry(
            repository,
            RegistryArgs(
                repository=repository,
                project=project,
                location=environment.region,
                description=description,
                labels=labels,
                protect=environment.protect_data,
                key=key,
                holds=holds,
                # versions are pinned by digest and have no tags, so deletion by age is never safe
                untagged_days=None,
            ),
            services.before("artifactregistry"),
        )
    return Foundation(services=services, agents=agents, topic=topic, images=images, key=key)


def _project(environment: Environment, labels: Mapping[str, str]) -> pulumi.Output[str]:
    section = environment.foundation.create_project
    creation = Creation(parent=section.parent, billing_account=section.billing_account) if section else None
    return Project("project", ProjectArgs(project=environment.project, labels=labels, creation=creation)).project


def _guardrails(environment: Environment, services: Services) -> None:
    section = environment.foundation
    Guardrails(
        "guardrails",
        GuardrailsArgs(
            project=environment.project,
            region=environment.region,
            organization_policies=section.organization_policies,
            audit_data_access=section.audit_data_access,
            keep_default_accounts=section.keep_default_accounts,
        ),
        services.before("cloudresourcemanager", "compute", "iam", "orgpolicy"),
    )


def _key(environment: Environment, services: Services) -> pulumi.Output[str] | None:
    """Permit the services to use the client's key, if the client has one."""
    if not environment.encryption:
        return None
    agents = ("aiplatform", "artifactregistry", "bigquery", "compute", "notebooks", "pubsub", "secretmanager", "storage")
    first = services.before("cloudkms", *agents)
    return Encryption("data-key", EncryptionArgs(key=environment.encryption.key, project=environment.project), first).key
