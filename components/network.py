"""A private network: no machine in it has a public address, and nobody outside can begin a conversation with one.

Owns the network, its one subnet, its firewall and, where asked, the way out to the internet. Does not own what is connected
to it: Vertex's peering is `PrivateServices`, the builds' machines are `BuildPool`.
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
    """Its name, unique in the project; the names of its parts begin with it."""

    project: str
    """The project that it is in."""

    region: str
    """Where its subnet is."""

    range: str
    """The subnet's addresses, like 10.10.0.0/20. Google can widen a range later, never narrow it."""

    nat: bool = False
    """Let machines in it begin conversations with the internet. Google's own APIs they reach without."""

    flow_logs: bool = True
    """Log a sample of who spoke with whom. Such logs are paid for."""

    def __post_init__(self) -> None:
        private(self.range)


def private(addresses: str) -> ipaddress.IPv4Network:
    """Return a range of private addresses; raises ValueError for any other."""
    try:
        given = ipaddress.IPv4Network(addresses)
    except ValueError as error:
        raise ValueError(f"{addresses!r} is not a range of addresses like 10.10.0.0/20: {error}") from error
    if not given.is_private or not 8 <= given.prefixlen <= 29:  # noqa: PLR2004  Google's bounds of a subnet
        raise ValueError(f"{addresses!r} is not a private range between /8 and /29")
    return given


class Network(pulumi.ComponentResource):
    """A network with one subnet, from which Google's APIs are reached privately.

    What comes in is denied, and that is logged: Google's own rule to the same end logs nothing, and comes after this one
    (https://cloud.google.com/firewall/docs/firewalls#default_firewall_rules). There is no rule that allows anything in:
    Workbench is reached through Google's proxy.

    Produces `<name>` (gcp.compute.Network), `<name>-subnet` (gcp.compute.Subnetwork), `<name>-deny-ingress`
    (gcp.compute.Firewall) and, with `nat`, `<name>-router` (gcp.compute.Router) and `<name>-nat` (gcp.compute.RouterNat).
    """

    network: pulumi.Output[str]
    """`projects/…/global/networks/…`."""

    subnet: pulumi.Output[str]
    """`projects/…/regions/…/subnetworks/…`; known once the firewall is there."""

    outward: pulumi.Output[str] | None
    """The same, known only once the way out is there, too; None without one."""

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
    """Build it for this subnet alone and return the subnet, for what needs the way out from the beginning."""
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
