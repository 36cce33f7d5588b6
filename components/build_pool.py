"""A private pool: builds run on machines without public addresses.

Owns the pool and its attachment to a subnet. Does not own the network's route to the internet, which builds need to fetch commits
from the Git provider. All traffic of the builds goes through the subnet, so its NAT and its logs apply
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
    """Name of the pool and of its attachment."""

    project: str
    """The project in which builds run."""

    region: str
    """The triggers' region: a build runs in the region of its trigger
    (https://cloud.google.com/build/docs/private-pools/run-builds-in-private-pool)."""

    subnet: pulumi.Input[str]
    """The subnet that gives the machines their addresses; it needs a route to the internet."""

    machine_type: str = "e2-medium"
    """A machine type of Compute Engine."""

    disk_gb: int = 100
    """Disk size of each machine in GB, 100 to 1000 (https://cloud.google.com/build/docs/private-pools/private-pool-config-file-schema)."""

    def __post_init__(self) -> None:
        if not 100 <= self.disk_gb <= 1000:  # noqa: PLR2004  Google's limits
            raise ValueError(f"disk_gb is {self.disk_gb}: use 100 to 1000")


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
