"""The agents by which Google's services act inside a project.

Owns that they exist. Does not own what they are granted: whoever needs an agent grants to it, and waits for it by taking its
name from here. Some agents exist only after their service was first used, and a grant to one that is not there yet fails
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
    """Names without their ending: `aiplatform` for aiplatform.googleapis.com. They are switched on already."""

    def __post_init__(self) -> None:
        if full := sorted(name for name in self.services if "." in name):
            raise ValueError(f"name {', '.join(full)} without the ending .googleapis.com")


class ServiceAgents(pulumi.ComponentResource):
    """Agents that are there.

    Produces `<name>-<service>` (gcp.projects.ServiceIdentity) per service.
    """

    members: dict[str, pulumi.Output[str]]
    """How grants name each, by service; known once the agent exists."""

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
