"""Private services access: a peering that gives Vertex AI's own machines private addresses in the network.

Owns the range of addresses that is reserved for Google's services, and the connection. Does not own the network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from components.network import private

_SMALLEST = 24
"""https://cloud.google.com/vpc/docs/configure-private-services-access: at least /24; /16 is recommended."""


@dataclass(frozen=True, kw_only=True)
class PrivateServicesArgs:
    """The peering of one network."""

    range_name: str
    """Name of the range."""

    project: str
    """The network's project."""

    network: pulumi.Input[str]
    """`projects/…/global/networks/…`."""

    range: str
    """Addresses for Google's services, like 10.20.0.0/16; no other range of the network may overlap them."""

    labels: Mapping[str, str]
    """Labels of client, environment and managing tool."""

    def __post_init__(self) -> None:
        if private(self.range).prefixlen > _SMALLEST:
            raise ValueError(f"range {self.range!r} is too small for Google's services: use /{_SMALLEST} or larger")


class PrivateServices(pulumi.ComponentResource):
    """A peering of a network with Google's services.

    Produces `<name>-range` (gcp.compute.GlobalAddress) and `<name>` (gcp.servicenetworking.Connection).
    """

    network: pulumi.Output[str]
    """The network; known after the peering exists."""

    def __init__(self, name: str, args: PrivateServicesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:servicenetworking:PrivateServices", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        block = private(args.range)
        addresses = gcp.compute.GlobalAddress(
            f"{name}-range",
            name=args.range_name,
            project=args.project,
            network=args.network,
            purpose="VPC_PEERING",
            address_type="INTERNAL",
            address=str(block.network_address),
            prefix_length=block.prefixlen,
            labels=args.labels,
            opts=child,
        )
        connection = gcp.servicenetworking.Connection(
            name,
            network=args.network,
            service="servicenetworking.googleapis.com",
            reserved_peering_ranges=[addresses.name],
            opts=child,
        )

        self.network = connection.network
        self.register_outputs({"network": self.network})
