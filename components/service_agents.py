"""Service agents: the identities of Google's services in a project.

Owns the existence of the agents. Does not own their grants: a component that grants to an agent takes its name from the output
`members`, and so waits for it. Some agents exist only after the first use of their service, and a grant to a missing agent fails
(https://cloud.google.com/iam/docs/service-agents#create).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp


@dataclass(frozen=True, kw_only=True)
class ServiceAgentsArgs:
    """The agents of one project."""

    project: str
    """The project's id."""

    services: Collection[str]
    """Names of enabled services without their ending: `aiplatform` for aiplatform.googleapis.com."""

    def __post_init__(self) -> None:
        if full := sorted(name for name in self.services if "." in name):
            raise ValueError(f"services contains {', '.join(full)}: remove the ending .googleapis.com")


class ServiceAgents(pulumi.ComponentResource):
    """Existing service agents.

    Produces `<name>-<service>` (gcp.projects.ServiceIdentity) per service.
    """

    members: dict[str, pulumi.Output[str]]
    """The IAM members by service; known after the agent exists."""

    def __init__(self, name: str, args: ServiceAgentsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:projects:ServiceAgents", name, {}, opts)

        self.members = {
            service: gcp.projects.ServiceIdentity(
                f"{name}-{service}",
                project=args.project,
                service=f"{service}.googleapis.com",
                opts=pulumi.ResourceOptions(parent=self),
            ).member
            for service in sorted(args.services)
        }

        self.register_outputs({"members": self.members})
