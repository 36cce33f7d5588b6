"""Networks: checked records. On the twin nothing is connected; what Google would refuse to connect is refused."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Any

from groundwork.twin.core.resource_type import Fault, Properties, ResourceType, dig, known, last
from groundwork.twin.core.store import Refused, Store

SELF = "https://www.googleapis.com/compute/v1/"


class Network(ResourceType):
    """A network; its subnets are resources of their own."""

    type = "gcp:compute/network:Network"
    api = "compute.googleapis.com"
    required = frozenset({"name"})
    optional = frozenset({"autoCreateSubnetworks", "deleteDefaultRoutesOnCreate", "description"})
    immutable = frozenset({"name", "autoCreateSubnetworks", "deleteDefaultRoutesOnCreate", "description"})
    defaults = {"routingMode": "REGIONAL"}

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return f"projects/{given['project']}/global/networks/{given['name']}"

    def outputs(self, given: Properties) -> Properties:
        """Return its address."""
        return {"selfLink": SELF + self.id(given)}

    def faults(self, given: Properties) -> Iterator[Fault]:
        """Yield automatic subnets: the twin knows none."""
        if given.get("autoCreateSubnetworks") is not False:
            yield Fault("autoCreateSubnetworks", "the twin makes no subnets by itself; set it to false")

    def remove(self, store: Store, given: Properties) -> None:
        """Refuse while something is in it (https://cloud.google.com/vpc/docs/create-modify-vpc-networks#deleting_a_network)."""
        for resource_type in (Subnetwork(), Firewall(), Router(), GlobalAddress()):
            for id_, other in store.all(resource_type.type):
                if _same(other.get("network"), self.id(given)):
                    raise Refused(f"network {given['name']} is in use by {id_}", "delete that first")


class Subnetwork(ResourceType):
    """A range of a network's addresses in a region."""

    type = "gcp:compute/subnetwork:Subnetwork"
    api = Network.api
    required = frozenset({"name", "ipCidrRange", "network", "region"})
    optional = frozenset({"description", "logConfig"})
    immutable = frozenset({"name", "network", "region", "description"})
    defaults = {"privateIpGoogleAccess": False}

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return f"projects/{given['project']}/regions/{given['region']}/subnetworks/{given['name']}"

    def outputs(self, given: Properties) -> Properties:
        """Return its address."""
        return {"selfLink": SELF + self.id(given)}

    def faults(self, given: Properties) -> Iterator[Fault]:
        """Yield ranges outside of Google's bounds (https://cloud.google.com/vpc/docs/subnets#valid-ranges)."""
        if known(given["ipCidrRange"]):
            yield from _range_faults("ipCidrRange", given["ipCidrRange"], smallest=29)
        sampling = dig(given, "logConfig.flowSampling")
        if isinstance(sampling, int | float) and not 0 <= sampling <= 1:
            yield Fault("logConfig", f"`flowSampling` is {sampling}: it is a share, from 0 to 1")

    def check(self, store: Store, given: Properties) -> None:
        """Refuse a network that is not there, and addresses that another subnet of it has.

        https://cloud.google.com/vpc/docs/subnets#manually_created_subnet_ip_ranges.
        """
        require_there(store, Network(), given["network"])
        for id_, other in store.all(self.type):
            if id_ != self.id(given) and _same(other["network"], given["network"]):
                _apart(given["ipCidrRange"], other["ipCidrRange"], id_)
        for id_, other in store.all(GlobalAddress.type):
            if _same(other.get("network"), given["network"]) and other.get("address"):
                _apart(given["ipCidrRange"], f"{other['address']}/{other['prefixLength']}", id_)

    def replaced(self, old: Properties, given: Properties) -> frozenset[str]:
        """Return the range unless it only grew (https://cloud.google.com/vpc/docs/create-modify-vpc-networks#expand-subnet)."""
        before, after = old["ipCidrRange"], given["ipCidrRange"]
        if not known(after) or ipaddress.IPv4Network(before).subnet_of(ipaddress.IPv4Network(after)):
            return frozenset()
        return frozenset({"ipCidrRange"})

    def remove(self, store: Store, given: Properties) -> None:
        """Refuse while machines have addresses from it."""
        for id_, other in store.all(NetworkAttachment.type):
            if any(_same(subnet, self.id(given)) for subnet in other["subnetworks"]):
                raise Refused(f"subnet {given['name']} is in use by {id_}", "delete that first")


class Router(ResourceType):
    """What a NAT hangs on."""

    type = "gcp:compute/router:Router"
    api = Network.api
    required = frozenset({"name", "network", "region"})
    optional = frozenset({"description"})
    immutable = frozenset({"name", "network", "region"})

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return f"projects/{given['project']}/regions/{given['region']}/routers/{given['name']}"

    def check(self, store: Store, given: Properties) -> None:
        """Refuse a network that is not there."""
        require_there(store, Network(), given["network"])


class RouterNat(ResourceType):
    """The way out for machines without public addresses."""

    type = "gcp:compute/routerNat:RouterNat"
    api = Network.api
    required = frozenset({"name", "region", "router", "sourceSubnetworkIpRangesToNat"})
    optional = frozenset({"logConfig", "natIpAllocateOption", "subnetworks"})
    immutable = frozenset({"name", "region", "router"})
    supported = {"natIpAllocateOption": re.compile("AUTO_ONLY")}

    def id(self, given: Properties) -> str:
        """Return Google's provider's name of it."""
        return f"{given['project']}/{given['region']}/{last(given['router'])}/{given['name']}"

    def faults(self, given: Properties) -> Iterator[Fault]:
        """Yield a list of subnets that is asked for and empty, or there without being asked for.

        https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/compute_router_nat#subnetwork.
        """
        listed = given["sourceSubnetworkIpRangesToNat"] == "LIST_OF_SUBNETWORKS"
        if listed is not bool(given.get("subnetworks")):
            yield Fault(
                "subnetworks",
                "a list of subnets goes with `sourceSubnetworkIpRangesToNat` LIST_OF_SUBNETWORKS, and only with that",
            )

    def check(self, store: Store, given: Properties) -> None:
        """Refuse a router or a subnet that is not there."""
        where = {"project": given["project"], "region": given["region"], "name": last(given["router"])}
        require_there(store, Router(), Router().id(where))
        for subnet in given.get("subnetworks") or ():
            require_there(store, Subnetwork(), subnet["name"])


class Firewall(ResourceType):
    """One rule about who may begin a conversation."""

    type = "gcp:compute/firewall:Firewall"
    api = Network.api
    required = frozenset({"name", "network"})
    optional = frozenset({"allows", "denies", "description", "logConfig", "sourceRanges", "targetServiceAccounts", "targetTags"})
    immutable = frozenset({"name", "network", "direction"})
    defaults = {"direction": "INGRESS", "disabled": False, "priority": 1000}

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return f"projects/{given['project']}/global/firewalls/{given['name']}"

    def faults(self, given: Properties) -> Iterator[Fault]:
        """Yield rules that allow and deny, or neither, and priorities out of bounds.

        https://cloud.google.com/firewall/docs/firewalls#firewall_rule_components.
        """
        if bool(given.get("allows")) is bool(given.get("denies")):
            yield Fault("denies", "a rule either allows or denies: give `allows` or `denies`")
        if not 0 <= given["priority"] <= 65535:  # noqa: PLR2004  Google's bounds
            yield Fault("priority", f"{given['priority']} is no priority: 0 to 65535, and the lowest number wins")

    def check(self, store: Store, given: Properties) -> None:
        """Refuse a network that is not there."""
        require_there(store, Network(), given["network"])

    def replaced(self, old: Properties, given: Properties) -> frozenset[str]:
        """Return what it does, which never changes (https://cloud.google.com/firewall/docs/using-firewalls#updating)."""
        same = bool(old.get("allows")) is bool(given.get("allows"))
        return frozenset() if same else frozenset({"allows", "denies"})


class GlobalAddress(ResourceType):
    """A range that is set apart for Google's services; the twin knows no other global address."""

    type = "gcp:compute/globalAddress:GlobalAddress"
    api = Network.api
    required = frozenset({"name", "addressType", "network", "prefixLength", "purpose"})
    optional = frozenset({"address", "description", "labels"})
    immutable = frozenset({"name", "address", "addressType", "description", "network", "prefixLength", "purpose"})
    supported = {"addressType": re.compile("INTERNAL"), "purpose": re.compile("VPC_PEERING")}

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return f"projects/{given['project']}/global/addresses/{given['name']}"

    def outputs(self, given: Properties) -> Properties:
        """Return its address."""
        return {"selfLink": SELF + self.id(given)}

    def faults(self, given: Properties) -> Iterator[Fault]:
        """Yield ranges too small for services (https://cloud.google.com/vpc/docs/configure-private-services-access)."""
        if known(given["prefixLength"]) and known(given.get("address", "")):
            yield from _range_faults("prefixLength", f"{given.get('address', '10.0.0.0')}/{given['prefixLength']}", smallest=24)

    def check(self, store: Store, given: Properties) -> None:
        """Refuse a network that is not there, and addresses that one of its subnets has."""
        require_there(store, Network(), given["network"])
        for id_, other in store.all(Subnetwork.type):
            if given.get("address") and _same(other["network"], given["network"]):
                _apart(f"{given['address']}/{given['prefixLength']}", other["ipCidrRange"], id_)

    def remove(self, store: Store, given: Properties) -> None:
        """Refuse while services are connected through it."""
        for id_, other in store.all(Connection.type):
            if _same(other["network"], given["network"]) and given["name"] in other["reservedPeeringRanges"]:
                raise Refused(f"range {given['name']} is in use by {id_}", "delete that first")


class NetworkAttachment(ResourceType):
    """A interface of a subnet through which a service's machines get an address in it."""

    type = "gcp:compute/networkAttachment:NetworkAttachment"
    api = Network.api
    required = frozenset({"name", "connectionPreference", "region", "subnetworks"})
    optional = frozenset({"description"})
    immutable = frozenset({"name", "region"})

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return f"projects/{given['project']}/regions/{given['region']}/networkAttachments/{given['name']}"

    def check(self, store: Store, given: Properties) -> None:
        """Refuse subnets that are not there, or lie in another region.

        https://cloud.google.com/vpc/docs/about-network-attachments.
        """
        for subnet in given["subnetworks"]:
            row = require_there(store, Subnetwork(), subnet)
            if row["region"] != given["region"]:
                raise Refused(f"{subnet} is not in {given['region']}", "an attachment and its subnets share one region")


class Connection(ResourceType):
    """The peering of a network with Google's services.

    https://cloud.google.com/vpc/docs/configure-private-services-access#creating-connection.
    """

    type = "gcp:servicenetworking/connection:Connection"
    api = "servicenetworking.googleapis.com"
    required = frozenset({"network", "reservedPeeringRanges", "service"})
    immutable = frozenset({"network", "service"})

    def id(self, given: Properties) -> str:
        """Return Google's provider's name of it."""
        return f"{given['network'].replace('/', '%2F')}:{given['service']}"

    def check(self, store: Store, given: Properties) -> None:
        """Refuse a network or ranges that are not there."""
        require_there(store, Network(), given["network"])
        ranges = {other["name"] for _, other in store.all(GlobalAddress.type) if _same(other["network"], given["network"])}
        if strangers := sorted(set(given["reservedPeeringRanges"]) - ranges):
            raise Refused(f"{', '.join(strangers)} is no range of {given['network']}", "reserve it as a global address first")


def require_there(store: Store, resource_type: ResourceType, name: str) -> Properties:
    """Return what is on record under a full name; raises Refused where there is nothing."""
    row = store.get(resource_type.type, name.removeprefix(SELF))
    if not row or not row.ready:
        raise Refused(f"{name} does not exist", "create it in the same program and take its id from there")
    return row.inputs


def _same(one: Any, other: Any) -> bool:
    return str(one).removeprefix(SELF) == str(other).removeprefix(SELF)


def _apart(wanted: str, taken: str, by: str) -> None:
    if ipaddress.IPv4Network(wanted).overlaps(ipaddress.IPv4Network(taken)):
        raise Refused(f"{wanted} overlaps with {taken} of {by}", "take addresses that nothing else in the network has")


def _range_faults(name: str, value: str, *, smallest: int) -> Iterator[Fault]:
    try:
        given = ipaddress.IPv4Network(value)
    except ValueError as error:
        yield Fault(name, f"`{value}` is no range of addresses: {error}")
        return
    if given.prefixlen > smallest:
        yield Fault(name, f"`{value}` is too small: at the least /{smallest}")
