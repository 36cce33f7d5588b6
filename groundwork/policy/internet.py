"""Rules for what the Internet reaches."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from groundwork.policy.resource import Demands, Finding, Made, Rule, finding

_PRIVATE = tuple(ipaddress.ip_network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"))
_INTERNAL = {"INTERNAL", "INTERNAL_MANAGED", "INTERNAL_SELF_MANAGED"}


def address(made: Made, demands: Demands) -> Iterator[Finding]:
    """Refuse machines, databases, endpoints and addresses that the Internet reaches."""
    _ = demands
    match made.type:
        case "gcp:workbench/instance:Instance":
            reached, way_out = made.at("gce_setup.disable_public_ip") is not True, "set gce_setup.disable_public_ip"
        case (
            "gcp:compute/instance:Instance"
            | "gcp:compute/instanceTemplate:InstanceTemplate"
            | "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate"
            | "gcp:compute/instanceFromTemplate:InstanceFromTemplate"
        ):
            configured = made.every("network_interfaces.access_configs") + made.every("network_interfaces.ipv6_access_configs")
            reached, way_out = any(each is not None for each in configured), "leave access_configs out, in every interface"
        case "gcp:compute/address:Address" | "gcp:compute/globalAddress:GlobalAddress":
            reached, way_out = made.text("address_type") != "INTERNAL", "set address_type to INTERNAL"
        case "gcp:compute/forwardingRule:ForwardingRule" | "gcp:compute/globalForwardingRule:GlobalForwardingRule":
            reached, way_out = made.text("load_balancing_scheme") not in _INTERNAL, "set load_balancing_scheme to INTERNAL"
        case "gcp:sql/databaseInstance:DatabaseInstance":
            reached = made.at("settings.ip_configuration.ipv4_enabled") is not False
            way_out = "set settings.ip_configuration.ipv4_enabled to false, and a private network"
        case "gcp:vertex/aiIndexEndpoint:AiIndexEndpoint":
            reached, way_out = made.at("public_endpoint_enabled") is True, "leave public_endpoint_enabled out, and give a network"
        case _:
            return
    if reached:
        yield finding("public-address", made, "has a public address", way_out)


def firewall(made: Made, demands: Demands) -> Iterator[Finding]:
    """Refuse firewalls that let in what is not from a private network."""
    _ = demands
    if made.type != "gcp:compute/firewall:Firewall" or made.text("direction") == "EGRESS" or not made.has("allows"):
        return
    given = [each for each in made.at_list("source_ranges") if isinstance(each, str)]
    sources = given or ([] if made.has("source_tags") or made.has("source_service_accounts") else ["0.0.0.0/0"])
    if outside := [source for source in sources if not _private(source)]:
        reason = f"lets in {', '.join(outside)}"
        yield finding("open-firewall", made, reason, "name private ranges; Google's own services come through its own network")


def service(made: Made, demands: Demands) -> Iterator[Finding]:
    """Refuse services that ask nobody who they are."""
    _ = demands
    if made.type != "gcp:cloudrunv2/service:Service":
        return
    if made.at("invoker_iam_disabled") is True or made.text("ingress") in {"", "INGRESS_TRAFFIC_ALL"}:
        reason = "answers everybody on the Internet"
        yield finding(
            "public-service", made, reason, "leave invoker_iam_disabled out, and set ingress to INGRESS_TRAFFIC_INTERNAL_ONLY"
        )


def _private(source: str) -> bool:
    try:
        network = ipaddress.ip_network(source, strict=False)
    except ValueError:
        return False
    return any(network.version == each.version and network.subnet_of(each) for each in _PRIVATE)  # type: ignore[arg-type]


RULES: tuple[Rule, ...] = (address, firewall, service)
