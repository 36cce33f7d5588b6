"""Rules against access from the Internet."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from groundwork.policy.resource import Requirements, Resource, Rule, Violation, violation

_PRIVATE = tuple(ipaddress.ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"))
_INTERNAL = {"INTERNAL", "INTERNAL_MANAGED", "INTERNAL_SELF_MANAGED"}


def address(resource: Resource, requirements: Requirements) -> Iterator[Violation]:
    """Refuse machines, databases, endpoints and addresses that are reachable from the Internet."""
    _ = requirements
    match resource.type:
        case "gcp:workbench/instance:Instance":
            reached, way_out = resource.at("gce_setup.disable_public_ip") is not True, "set gce_setup.disable_public_ip"
        case (
            "gcp:compute/instance:Instance"
            | "gcp:compute/instanceTemplate:InstanceTemplate"
            | "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate"
            | "gcp:compute/instanceFromTemplate:InstanceFromTemplate"
        ):
            paths = ("network_interfaces.access_configs", "network_interfaces.ipv6_access_configs")
            reached = any(value is not None for path in paths for value in resource.every(path))
            way_out = "remove access_configs from every interface"
        case "gcp:compute/address:Address" | "gcp:compute/globalAddress:GlobalAddress":
            reached, way_out = resource.text("address_type") != "INTERNAL", "set address_type to INTERNAL"
        case "gcp:compute/forwardingRule:ForwardingRule" | "gcp:compute/globalForwardingRule:GlobalForwardingRule":
            reached, way_out = resource.text("load_balancing_scheme") not in _INTERNAL, "set load_balancing_scheme to INTERNAL"
        case "gcp:sql/databaseInstance:DatabaseInstance":
            reached = resource.at("settings.ip_configuration.ipv4_enabled") is not False
            way_out = "set settings.ip_configuration.ipv4_enabled to false, and a private network"
        case "gcp:vertex/aiIndexEndpoint:AiIndexEndpoint":
            reached = resource.at("public_endpoint_enabled") is True
            way_out = "set a network instead of public_endpoint_enabled"
        case _:
            return
    if reached:
        yield violation("public-address", resource, "has a public address", way_out)


def firewall(resource: Resource, requirements: Requirements) -> Iterator[Violation]:
    """Refuse firewall rules with public source ranges."""
    _ = requirements
    if resource.type != "gcp:compute/firewall:Firewall" or resource.text("direction") == "EGRESS" or not resource.has("allows"):
        return
    ranges = [entry for entry in resource.at_list("source_ranges") if isinstance(entry, str)]
    sources = ranges or ([] if resource.has("source_tags") or resource.has("source_service_accounts") else ["0.0.0.0/0"])
    if outside := [source for source in sources if not _private(source)]:
        reason = f"lets in {', '.join(outside)}"
        yield violation("open-firewall", resource, reason, "set private ranges; Google's services use Google's own network")


def service(resource: Resource, requirements: Requirements) -> Iterator[Violation]:
    """Refuse services that do not authenticate callers."""
    _ = requirements
    if resource.type != "gcp:cloudrunv2/service:Service":
        return
    if resource.at("invoker_iam_disabled") is True or resource.text("ingress") in {"", "INGRESS_TRAFFIC_ALL"}:
        reason = "is open to every user of the Internet"
        yield violation(
            "public-service", resource, reason, "remove invoker_iam_disabled, and set ingress to INGRESS_TRAFFIC_INTERNAL_ONLY"
        )


def _private(source: str) -> bool:
    try:
        network = ipaddress.ip_network(source, strict=False)
    except ValueError:
        return False
    return any(network.version == private.version and network.subnet_of(private) for private in _PRIVATE)  # type: ignore[arg-type]


RULES: tuple[Rule, ...] = (address, firewall, service)
