"""The machines that builds run on where no machine may have a public address.

Owns the pool and its attachment to a subnet. Does not own the way out of that network, which builds need all the same: what
was pushed is fetched from the Git provider. All their traffic goes through the subnet, so that its NAT and its logs see it
(https://cloud.google.com/build/docs/private-pools/private-pool-config-file-schema#privateserviceconnect).
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp


@dataclass(frozen=True, kw_only=True)
class BuildPoolArgs:
    """One private pool."""

    pool: str
    """Its name, and that of its attachment."""

    project: str
    """Where builds run."""

    region: str
    """That of the triggers: a build runs in its trigger's region
    (https://cloud.google.com/build/docs/private-pools/run-builds-in-private-pool)."""

    subnet: pulumi.Input[str]
    """Whose addresses the machines get; it has a way out."""

    machine_type: str = "e2-medium"
    """Of Compute Engine."""

    disk_gb: int = 100
    """Of each machine; 100 to 1000 (https://cloud.google.com/build/docs/private-pools/private-pool-config-file-schema)."""

    def __post_init__(self) -> None:
        if not 100 <= self.disk_gb <= 1000:  # noqa: PLR2004  Google's bounds
            raise ValueError(f"disk_gb is 100 to 1000, not {self.disk_gb}")


class BuildPool(pulumi.ComponentResource):
    """A pool of machines without public addresses.

    Produces `<name>-attachment` (gcp.compute.NetworkAttachment) and `<name>` (gcp.cloudbuild.WorkerPool).
    """

    pool: pulumi.Output[str]
    """`projects/…/locations/…/workerPools/…`, as a build's options name it."""

    def __init__(self, name: str, args: BuildPoolArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:cloudbuild:BuildPool", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        attachment = gcp.compute.NetworkAttachment(
            f"{name}-attachment",
            name=args.pool,
            project=args.project,
            region=args.region,
            description="Machines of Cloud Build",
            connection_preference="ACCEPT_AUTOMATIC",
            subnetworks=[args.subnet],
            opts=child,
        )
        pool = gcp.cloudbuild.WorkerPool(
            name,
            name=args.pool,
            project=args.project,
            location=args.region,
            worker_config={"machine_type": args.machine_type, "disk_size_gb": args.disk_gb, "no_external_ip": True},
            private_service_connect={"network_attachment": attachment.id, "route_all_traffic": True},
            opts=child,
        )

        self.pool = pool.id
        self.register_outputs({"pool": self.pool})
