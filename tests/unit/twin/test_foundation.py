"""What Google takes, and refuses, of projects, organisation policies, networks and pools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.unit.twin.conftest import Cloud

PROJECT, REGION = "northwind-ml-dev", "europe-west2"
NETWORK = f"projects/{PROJECT}/global/networks/private"
SUBNET = f"projects/{PROJECT}/regions/{REGION}/subnetworks/private"
ATTACHMENT = f"projects/{PROJECT}/regions/{REGION}/networkAttachments/builds"
SUBNET_GIVEN = {"name": "private", "network": NETWORK, "region": REGION, "ipCidrRange": "10.10.0.0/20"}
DENY = {"name": "deny", "network": NETWORK, "denies": [{"protocol": "all"}]}
RANGE = {
    "name": "services", "network": NETWORK, "addressType": "INTERNAL", "purpose": "VPC_PEERING",
    "address": "10.20.0.0", "prefixLength": 16,
}  # fmt: skip
POOL = {"name": "builds", "location": REGION, "privateServiceConnect": {"networkAttachment": ATTACHMENT, "routeAllTraffic": True}}
ATTACHED = {"name": "builds", "region": REGION, "connectionPreference": "ACCEPT_AUTOMATIC", "subnetworks": [SUBNET]}


@pytest.fixture
def networked(cloud: Cloud) -> Cloud:
    """Return a project with a network, a subnet, and a pool in it."""
    cloud.make("network:Network", name="private", autoCreateSubnetworks=False)
    cloud.make("subnetwork:Subnetwork", **SUBNET_GIVEN)
    cloud.make("networkAttachment:NetworkAttachment", **ATTACHED)
    cloud.make("workerPool:WorkerPool", **POOL)
    return cloud


def policy(constraint: str, **rule: Any) -> dict[str, Any]:
    parent = f"projects/{PROJECT}"
    return {"name": f"{parent}/policies/{constraint}", "parent": parent, "spec": {"rules": [rule] if rule else []}}


def project(**given: Any) -> dict[str, Any]:
    return {"projectId": "northwind-ml-two", "name": "two", "folderId": "1", "autoCreateNetwork": False, **given}


def test_a_project_that_is_in_use_is_not_made_a_second_time(cloud: Cloud) -> None:
    cloud.make("serviceIdentity:ServiceIdentity", service="cloudbuild.googleapis.com")
    assert "is there already; adopt it" in cloud.refused("project:Project", **project(projectId=PROJECT))


def test_a_project_is_deleted_only_where_its_policy_lets_it(cloud: Cloud) -> None:
    kept = cloud.make("project:Project", **project())
    gone = cloud.make("project:Project", **project(projectId="northwind-ml-three", deletionPolicy="DELETE"))

    with pytest.raises(Exception, match="is not deleted: its `deletionPolicy` is PREVENT"):
        cloud.delete("project:Project", kept)
    cloud.delete("project:Project", gone)
    assert cloud.read("project:Project", kept)
    assert cloud.read("project:Project", gone) is None


def test_a_project_is_in_one_place_and_has_no_default_network(bare: Cloud) -> None:
    assert bare.faults("project:Project", **project(orgId="1")) == ["a project is in one place: give `folderId` or `orgId`"]
    assert "set it to false" in bare.faults("project:Project", **project(autoCreateNetwork=True))[0]


def test_an_audit_log_holds_what_google_knows(bare: Cloud) -> None:
    given = {"service": "allServices", "auditLogConfigs": [{"logType": "DATA_READ"}]}
    assert bare.make("iAMAuditConfig:IAMAuditConfig", **given) == f"{PROJECT}/audit_config/allServices"
    assert bare.faults("iAMAuditConfig:IAMAuditConfig", service="allServices", auditLogConfigs=[{"logType": "READ"}]) != []


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (policy("iam.disableServiceAccountKeyCreation", values={"allowedValues": []}), "says one of enforce"),
        (policy("gcp.resourceLocations", enforce="TRUE"), "says one of allowAll, denyAll, values"),
        (policy("gcp.resourceLocations"), "has no rule"),
        (policy("gcp.noSuchThing", enforce="TRUE"), "the twin does not know gcp.noSuchThing"),
        (
            {**policy("gcp.resourceLocations", denyAll="TRUE"), "parent": "projects/another"},
            "is not a policy of projects/another",
        ),
    ],
)
def test_an_organisation_policy_has_a_rule_that_fits_its_constraint(cloud: Cloud, given: dict[str, Any], why: str) -> None:
    (fault,) = cloud.faults("orgpolicy/policy:Policy", **given)
    assert why in fault


@pytest.mark.parametrize("api", ["compute", "servicenetworking", "orgpolicy"])
def test_an_api_that_is_off_refuses_what_is_its_own(bare: Cloud, api: str) -> None:
    resource_types: dict[str, tuple[str, dict[str, Any]]] = {
        "compute": ("network:Network", {"name": "private", "autoCreateSubnetworks": False}),
        "servicenetworking": (
            "servicenetworking/connection:Connection",
            {"network": NETWORK, "service": "servicenetworking.googleapis.com", "reservedPeeringRanges": ["services"]},
        ),
        "orgpolicy": ("orgpolicy/policy:Policy", policy("gcp.resourceLocations", denyAll="TRUE")),
    }
    name, given = resource_types[api]
    assert f"{api}.googleapis.com is not enabled" in bare.refused(name, **given)


def test_addresses_of_one_network_do_not_overlap(networked: Cloud) -> None:
    other = {**SUBNET_GIVEN, "name": "other"}
    assert "overlaps with 10.10.0.0/20" in networked.refused("subnetwork:Subnetwork", **{**other, "ipCidrRange": "10.10.8.0/24"})
    assert "overlaps with 10.10.0.0/20" in networked.refused("globalAddress:GlobalAddress", **{**RANGE, "address": "10.10.0.0"})
    networked.make("globalAddress:GlobalAddress", **RANGE)
    assert "overlaps with 10.20.0.0/16" in networked.refused("subnetwork:Subnetwork", **{**other, "ipCidrRange": "10.20.0.0/24"})


@pytest.mark.parametrize(("after", "replaced"), [("10.10.0.0/19", False), ("10.10.0.0/21", True), ("10.11.0.0/20", True)])
def test_a_subnet_grows_in_place_and_never_shrinks(networked: Cloud, after: str, *, replaced: bool) -> None:
    subject = networked.resource_type("subnetwork:Subnetwork")
    assert bool(subject.replaced(SUBNET_GIVEN, {**SUBNET_GIVEN, "ipCidrRange": after})) is replaced


@pytest.mark.parametrize("value", ["10.10.0.1/20", "10.10.0.0/30", "ten"])
def test_a_subnet_has_a_range_that_google_takes(cloud: Cloud, value: str) -> None:
    assert cloud.faults("subnetwork:Subnetwork", **{**SUBNET_GIVEN, "ipCidrRange": value}) != []


def test_a_firewall_rule_does_one_thing_and_stays_at_it(networked: Cloud) -> None:
    allowing = {"name": "deny", "network": NETWORK, "allows": [{"protocol": "tcp"}]}
    subject = networked.resource_type("firewall:Firewall")

    assert subject.replaced(DENY, allowing) == {"allows", "denies"}
    assert subject.replaced(DENY, {**DENY, "priority": 1}) == frozenset()
    both = networked.faults("firewall:Firewall", **{**DENY, **allowing})
    assert both == ["a rule either allows or denies: give `allows` or `denies`"]
    assert "0 to 65535" in networked.faults("firewall:Firewall", **DENY, priority=70_000)[0]


def test_what_is_in_use_is_not_deleted(networked: Cloud) -> None:
    with pytest.raises(Exception, match=f"network private is in use by {SUBNET}"):
        networked.delete("network:Network", NETWORK)
    with pytest.raises(Exception, match=f"subnet private is in use by {ATTACHMENT}"):
        networked.delete("subnetwork:Subnetwork", SUBNET)

    range_ = networked.make("globalAddress:GlobalAddress", **RANGE)
    peering = {"network": NETWORK, "service": "servicenetworking.googleapis.com", "reservedPeeringRanges": ["services"]}
    networked.make("servicenetworking/connection:Connection", **peering)
    with pytest.raises(Exception, match="range services is in use"):
        networked.delete("globalAddress:GlobalAddress", range_)


def test_a_peering_has_ranges_of_its_network(networked: Cloud) -> None:
    peering = {"network": NETWORK, "service": "servicenetworking.googleapis.com", "reservedPeeringRanges": ["services"]}
    assert "services is not a range of" in networked.refused("servicenetworking/connection:Connection", **peering)


def test_a_nat_names_subnets_where_it_is_for_some(networked: Cloud) -> None:
    networked.make("router:Router", name="r", network=NETWORK, region=REGION)
    nat = {"name": "n", "router": "r", "region": REGION, "sourceSubnetworkIpRangesToNat": "LIST_OF_SUBNETWORKS"}
    subnets = [{"name": SUBNET, "sourceIpRangesToNats": ["ALL_IP_RANGES"]}]

    assert "goes with" in networked.faults("routerNat:RouterNat", **nat)[0]
    assert networked.make("routerNat:RouterNat", **nat, subnetworks=subnets) == f"{PROJECT}/{REGION}/r/n"
    assert "does not exist" in networked.refused("routerNat:RouterNat", **{**nat, "router": "q"}, subnetworks=subnets)


def test_a_pool_shares_its_attachment_s_region(networked: Cloud) -> None:
    assert "is not in us-east1" in networked.refused("workerPool:WorkerPool", **{**POOL, "location": "us-east1"})
    assert "is not in us-east1" in networked.refused("networkAttachment:NetworkAttachment", **{**ATTACHED, "region": "us-east1"})
    assert "at most 1000" in networked.faults("workerPool:WorkerPool", **POOL, workerConfig={"diskSizeGb": 2000})[0]


def test_a_trigger_runs_on_a_pool_of_its_region(networked: Cloud, trigger: dict[str, Any]) -> None:
    pool = f"projects/{PROJECT}/locations/{REGION}/workerPools/builds"
    networked.account()
    networked.repository()
    options = {"logging": "CLOUD_LOGGING_ONLY"}

    spoilt = {**trigger, "build": {**trigger["build"], "options": {**options, "workerPool": f"{pool}-2"}}}
    assert "builds-2 does not exist" in networked.refused("trigger:Trigger", **spoilt)
    networked.make("trigger:Trigger", **{**trigger, "build": {**trigger["build"], "options": {**options, "workerPool": pool}}})


def test_an_instance_is_in_a_subnet_of_its_region(networked: Cloud) -> None:
    setup = {"networkInterfaces": [{"network": NETWORK, "subnet": SUBNET}]}
    networked.make("workbench/instance:Instance", name="ada", location=f"{REGION}-b", gceSetup=setup)
    refused = networked.refused("workbench/instance:Instance", name="eve", location="europe-west1-b", gceSetup=setup)
    assert "put both into one region" in refused
