"""Google's rules for keys of one's own: who may use them, where, and that they never go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from groundwork.twin.core.store import Refused
from groundwork.twin.lookups import AGENTS, agent_of
from groundwork.twin.projects.resources import agent

if TYPE_CHECKING:
    from tests.unit.twin.conftest import Cloud

RING = "projects/northwind-ml-dev/locations/europe-west2/keyRings/groundwork"
KEY = f"{RING}/cryptoKeys/data"
ROLE = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
PROJECT = "northwind-ml-dev"
SETUP = {"bootDisk": {"diskEncryption": "CMEK", "kmsKey": KEY}}

TAKERS: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "bucket": (
        "bucket:Bucket",
        {"name": "northwind-raw", "location": "EUROPE-WEST2", "encryption": {"defaultKmsKeyName": KEY}},
        ("storage",),
    ),
    "dataset": (
        "dataset:Dataset",
        {"datasetId": "raw", "location": "europe-west2", "defaultEncryptionConfiguration": {"kmsKeyName": KEY}},
        ("bigquery",),
    ),
    "registry": (
        "artifactregistry/repository:Repository",
        {"repositoryId": "images", "format": "DOCKER", "location": "europe-west2", "kmsKeyName": KEY},
        ("artifactregistry",),
    ),
    "secret": (
        "secret:Secret",
        {
            "secretId": "weather-api",
            "replication": {
                "userManaged": {"replicas": [{"location": "europe-west2", "customerManagedEncryption": {"kmsKeyName": KEY}}]}
            },
        },
        ("secretmanager",),
    ),
    "topic": ("topic:Topic", {"name": "notifications", "kmsKeyName": KEY}, ("pubsub",)),
    "workbench": (
        "instance:Instance",
        {"name": "ada", "location": "europe-west2-b", "gceSetup": SETUP},
        ("compute", "notebooks"),
    ),
}


@pytest.fixture
def keyed(cloud: Cloud) -> Cloud:
    """Return a project with a key that nobody may use yet."""
    cloud.enable("cloudkms", "compute")
    cloud.make("keyRing:KeyRing", name="groundwork", location="europe-west2")
    cloud.make("cryptoKey:CryptoKey", name="data", keyRing=RING, rotationPeriod="7776000s")
    for service in ("artifactregistry", "notebooks", "pubsub", "secretmanager"):
        cloud.make("serviceIdentity:ServiceIdentity", service=f"{service}.googleapis.com")
    return cloud


def let(cloud: Cloud, *services: str) -> None:
    for service in services:
        member = f"serviceAccount:{agent(PROJECT, service)}"
        cloud.make("cryptoKeyIAMMember:CryptoKeyIAMMember", cryptoKeyId=KEY, role=ROLE, member=member)


@pytest.mark.parametrize("taker", TAKERS)
def test_what_names_a_key_is_made_once_its_service_s_agents_may_use_it(keyed: Cloud, taker: str) -> None:
    resource_type, given, services = TAKERS[taker]
    for service in services:
        assert "may not use the key: " in keyed.refused(resource_type, **given)
        let(keyed, service)

    assert keyed.read(resource_type, keyed.make(resource_type, **given))


def test_the_agent_of_another_service_is_no_help(keyed: Cloud) -> None:
    resource_type, given, _ = TAKERS["bucket"]
    let(keyed, "bigquery")

    said = keyed.refused(resource_type, **given)
    assert "lacks cloudkms.cryptoKeyVersions.useToEncrypt on " + KEY in said
    assert "grant it on the key before this is made" in said


def test_a_key_that_is_not_there_is_refused(keyed: Cloud) -> None:
    assert "does not exist; make it with `groundwork bootstrap`" in keyed.refused(
        "topic:Topic", name="notifications", kmsKeyName=f"{RING}/cryptoKeys/other"
    )


def test_a_key_from_elsewhere_is_refused(keyed: Cloud) -> None:
    let(keyed, "storage")

    assert "is in europe-west2, and the data in us" in keyed.refused(
        "bucket:Bucket", name="northwind-raw", location="us", encryption={"defaultKmsKeyName": KEY}
    )


def test_what_is_there_takes_a_key_later_under_the_same_rule(keyed: Cloud) -> None:
    plain = {"name": "northwind-raw", "location": "europe-west2"}
    made = keyed.make("bucket:Bucket", **plain)

    with pytest.raises(Refused, match="the agent of storage may not use the key"):
        keyed.update("bucket:Bucket", made, **plain, encryption={"defaultKmsKeyName": KEY})
    let(keyed, "storage")
    keyed.update("bucket:Bucket", made, **plain, encryption={"defaultKmsKeyName": KEY})


def test_rings_and_keys_are_there_for_ever(keyed: Cloud) -> None:
    keyed.delete("cryptoKey:CryptoKey", KEY)
    keyed.delete("keyRing:KeyRing", RING)

    assert keyed.read("cryptoKey:CryptoKey", KEY)
    assert f"{RING} already exists" in keyed.refused("keyRing:KeyRing", name="groundwork", location="europe-west2")


def test_a_key_is_in_a_ring_and_rotates_once_a_day_at_most(keyed: Cloud) -> None:
    assert "does not exist" in keyed.refused("cryptoKey:CryptoKey", name="data", keyRing=f"{RING}-2")
    assert keyed.faults("cryptoKey:CryptoKey", name="data", keyRing=RING, rotationPeriod="3600s") == [
        "a key rotates once in 86400s at most, not in 3600s"
    ]


@pytest.mark.parametrize("function", AGENTS)
def test_google_says_who_acts_for_a_service_that_is_on(bare: Cloud, function: str) -> None:
    with pytest.raises(Refused, match="is not enabled"):
        agent_of(bare.store, function, PROJECT)
    bare.enable(AGENTS[function])

    email = agent(PROJECT, AGENTS[function])
    assert agent_of(bare.store, function, PROJECT)["member"] == f"serviceAccount:{email}"
