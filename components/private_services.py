"""Private services access: the peering by which Vertex's own machines are reached by private addresses.

Owns the range of addresses that is set apart for Google's services, and the connection. Does not own the network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from components.network import private

_SMALLEST = 24
"""https://cloud.google.com/vpc/docs/configure-private-services-access: at the least /24; /16 is recommended."""


@dataclass(frozen=True, kw_only=True)
class PrivateServicesArgs:
    """The peering of one network."""

    range_name: str
    """What the range is called."""

    project: str
    """The network's project."""

    network: pulumi.Input[str]
    """`projects/…/global/networks/…`."""

    range: str
    """Addresses for Google's services, like 10.20.0.0/16, which nothing else in the network has."""

    labels: Mapping[str, str]
    """Whose it is and what manages it."""

    def __post_init__(self) -> None:
        if private(self.range).prefixlen > _SMALLEST:
            raise ValueError(f"{self.range!r} is too small for Google's services: at the least /{_SMALLEST}")


class PrivateServices(pulumi.ComponentResource):
    """A network that Google's services are peered with.

    Produces `<name>-range` (gcp.compute.GlobalAddress) and `<name>` (gcp.servicenetworking.Connection).
    """

    network: pulumi.Output[str]
    """The network, once services can be reached in it."""

    def __init__(self, name: str, args: PrivateServicesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:servicenetworking:PrivateServices", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        given = private(args.range)
        addresses = gcp.compute.GlobalAddress(
            f"{name}-range",
            name=args.range_name,
            project=args.project,
            network=args.network,
            purpose="VPC_PEERING",
            address_type="INTERNAL",
            address=str(given.network_address),
            prefix_length=given.prefixlen,
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
