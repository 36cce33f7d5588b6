"""The Google APIs that a project uses.

Owns the enablement of APIs. It never disables one: other programs may use it, and disabling an API deletes its data. So the APIs
are still enabled after `destroy`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp


@dataclass(frozen=True, kw_only=True)
class ServicesArgs:
    """The APIs of one project."""

    project: pulumi.Input[str]
    """The project's id, known after the project exists."""

    services: Collection[str]
    """Names without their ending: `storage` for storage.googleapis.com."""

    def __post_init__(self) -> None:
        if full := sorted(name for name in self.services if "." in name):
            raise ValueError(f"services contains {', '.join(full)}: remove the ending .googleapis.com")


class Services(pulumi.ComponentResource):
    """Enabled APIs.

    Produces `<name>-<service>` (gcp.projects.Service) per service.
    """

    def __init__(self, name: str, args: ServicesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:projects:Services", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        self._services = {
            service: gcp.projects.Service(
                f"{name}-{service}",
                project=args.project,
                service=f"{service}.googleapis.com",
                disable_on_destroy=False,
                disable_dependent_services=False,
                opts=child,
            )
            for service in sorted(args.services)
        }

        self.register_outputs({"enabled": sorted(args.services)})

    def before(self, *needed: str) -> pulumi.ResourceOptions:
        """Return options for a resource that needs these APIs; raises ValueError for an API that is not enabled here."""
        if missing := sorted(set(needed) - set(self._services)):
            raise ValueError(f"{', '.join(missing)} is not among the enabled APIs: add it to `services`")
        return pulumi.ResourceOptions(depends_on=[self._services[service] for service in needed])
