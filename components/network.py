"""A private network: its machines have no public addresses and accept no connections from outside.

Owns the network, its subnet, its firewall and, on request, the NAT to the internet. Does not own connected services: Vertex AI's
peering is `PrivateServices`, the machines of builds are `BuildPool`.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """One network in one region."""

    network: str
    """The network's name, unique in the project; a prefix of the names of its parts."""

    project: str
    """The project that owns the network."""

    region: str
    """The subnet's region."""

    range: str
    """The subnet's addresses, like 10.10.0.0/20. Google can extend a range later, but not reduce it."""

    nat: bool = False
    """Permit machines to open connections to the internet. Google's APIs are reachable without NAT."""

    flow_logs: bool = True
    """Log a sample of the connections. Google charges for these logs."""

    def __post_init__(self) -> None:
        private(self.range)


def private(addresses: str) -> ipaddress.IPv4Network:
    """Return the parsed range; raises ValueError if it is not a range of private addresses."""
    try:
        block = ipaddress.IPv4Network(addresses)
    except ValueError as error:
        raise ValueError(f"{addresses!r} is not a range of addresses like 10.10.0.0/20: {error}") from error
    if not block.is_private or not 8 <= block.prefixlen <= 29:  # noqa: PLR2004  Google's limits for a subnet
        raise ValueError(f"{addresses!r} is not a private range between /8 and /29")
    return block


class Network(pulumi.ComponentResource):
    """A network with one subnet, with private access to Google's APIs.

    A firewall rule denies and logs every incoming connection. Google's implied rule also denies them, but with lower priority and
    without a log (https://cloud.google.com/firewall/docs/firewalls#default_firewall_rules). No rule allows incoming connections:
    people reach Workbench through Google's proxy.

    Produces `<name>` (gcp.compute.Network), `<name>-subnet` (gcp.compute.Subnetwork), `<name>-deny-ingress`
    (gcp.compute.Firewall) and, with `nat`, `<name>-router` (gcp.compute.Router) and `<name>-nat` (gcp.compute.RouterNat).
    """

    network: pulumi.Output[str]
    """`projects/…/global/networks/…`."""

    subnet: pulumi.Output[str]
    """`projects/…/regions/…/subnetworks/…`; known after the firewall exists."""

    outward: pulumi.Output[str] | None
    """The subnet, known after its NAT exists; None without NAT."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:compute:Network", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        network = gcp.compute.Network(
            name,
            name=args.network,
            project=args.project,
            auto_create_subnetworks=False,
            routing_mode="REGIONAL",
            opts=child,
        )
        firewall = _firewall(name, args, network, child)
        subnet = _subnet(name, args, network, child.merge(pulumi.ResourceOptions(depends_on=[firewall])))

        self.network = network.id
        self.subnet = subnet.id
        self.outward = _way_out(name, args, network, subnet, child) if args.nat else None
        self.register_outputs({"network": self.network, "subnet": self.subnet})


def _firewall(name: str, args: NetworkArgs, network: gcp.compute.Network, opts: pulumi.ResourceOptions) -> gcp.compute.Firewall:
    return gcp.compute.Firewall(
        f"{name}-deny-ingress",
        name=f"{args.network}-deny-ingress",
        project=args.project,
        network=network.id,
        direction="INGRESS",
        priority=65534,
        source_ranges=["0.0.0.0/0"],
        denies=[{"protocol": "all"}],
        log_config={"metadata": "INCLUDE_ALL_METADATA"},
        opts=opts,
    )


def _subnet(name: str, args: NetworkArgs, network: gcp.compute.Network, opts: pulumi.ResourceOptions) -> gcp.compute.Subnetwork:
    return gcp.compute.Subnetwork(
        f"{name}-subnet",
        name=f"{args.network}-{args.region}",
        project=args.project,
        region=args.region,
        network=network.id,
        ip_cidr_range=args.range,
        private_ip_google_access=True,
        log_config=_LOGS if args.flow_logs else None,
        opts=opts,
    )


_LOGS: gcp.compute.SubnetworkLogConfigArgsDict = {
    "aggregation_interval": "INTERVAL_5_MIN",
    "flow_sampling": 0.5,
    "metadata": "INCLUDE_ALL_METADATA",
}


def _way_out(
    name: str, args: NetworkArgs, network: gcp.compute.Network, subnet: gcp.compute.Subnetwork, opts: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    """Build the NAT for this subnet and return the subnet, for resources that need the internet from the beginning."""
    router = gcp.compute.Router(
        f"{name}-router",
        name=f"{args.network}-{args.region}",
        project=args.project,
        region=args.region,
        network=network.id,
        opts=opts,
    )
    nat = gcp.compute.RouterNat(
        f"{name}-nat",
        name=f"{args.network}-{args.region}",
        project=args.project,
        region=args.region,
        router=router.name,
        nat_ip_allocate_option="AUTO_ONLY",
        source_subnetwork_ip_ranges_to_nat="LIST_OF_SUBNETWORKS",
        subnetworks=[{"name": subnet.id, "source_ip_ranges_to_nats": ["ALL_IP_RANGES"]}],
        log_config={"enable": True, "filter": "ERRORS_ONLY"},
        opts=opts,
    )
    return pulumi.Output.all(subnet.id, nat.urn).apply(lambda known: str(known[0]))
