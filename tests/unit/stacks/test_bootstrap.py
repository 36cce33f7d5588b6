"""The bootstrap stack, from the shipped environment files."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from groundwork.environment import validators
from groundwork.environment.file import Environment
from stacks.bootstrap import bootstrap
from stacks.environment import deploy

if TYPE_CHECKING:
    from tests.conftest import Graph

Configuration = Callable[[str], dict[str, str]]


def test_the_bootstrap_makes_its_inventory_and_nothing_else(
    graph: Callable[..., Graph], matches_inventory: Callable[[Graph, str], None], configuration: Configuration
) -> None:
    matches_inventory(graph(lambda: bootstrap(Environment.load()), "prod", configuration("prod")), "stack-bootstrap")


def test_the_key_has_the_name_that_the_environment_file_takes(graph: Callable[..., Graph], configuration: Configuration) -> None:
    built = graph(lambda: bootstrap(Environment.load()), "prod", configuration("prod"))

    ring = built.values["gcp:kms/keyRing:KeyRing::keys"]
    key = built.values["gcp:kms/cryptoKey:CryptoKey::keys-data"]
    path = f"projects/{ring['project']}/locations/{ring['location']}/keyRings/{ring['name']}"
    assert validators.key(f"{path}/cryptoKeys/{key['name']}")


def test_the_state_bucket_keeps_old_versions_and_is_never_deleted_with_content(
    graph: Callable[..., Graph], configuration: Configuration
) -> None:
    built = graph(lambda: bootstrap(Environment.load()), "prod", configuration("prod"))

    assert built.values["gcp:storage/bucket:Bucket::state"]["forceDestroy"] is False
    assert built.values["gcp:storage/bucket:Bucket::state"]["versioning"] == {"enabled": True}


def audited(text: dict[str, str], **audit: object) -> dict[str, str]:
    """Return the configuration with the section `audit_log`."""
    section = {**json.loads(text["groundwork:environment"]), "audit_log": audit}
    return {**text, "groundwork:environment": json.dumps(section)}


def test_the_audit_bucket_is_created_on_request_and_retains_its_objects(
    graph: Callable[..., Graph], configuration: Configuration
) -> None:
    """A lock is permanent, so it must be requested explicitly."""
    plain, locked = (
        graph(lambda: bootstrap(Environment.load()), "prod", audited(configuration("prod"), **settings))
        for settings in ({}, {"keep_days": 3650, "locked": True})
    )

    kept = [built.values["gcp:storage/bucket:Bucket::audit"]["retentionPolicy"] for built in (plain, locked)]
    assert kept == [
        {"retentionPeriod": str(400 * 86_400), "isLocked": False},
        {"retentionPeriod": str(3650 * 86_400), "isLocked": True},
    ]
    assert plain.outputs["audit"] == "gs://northwind-ml-prod-audit"
    (reader,) = [inputs for address, inputs in plain.values.items() if "BucketIAMMember::audit" in address]
    assert ("roles/storage.objectViewer", "group:auditors@northwind.example") == (reader["role"], reader["member"])


def test_an_environment_adds_its_audit_log_and_cannot_delete_any_of_it(
    graph: Callable[..., Graph], configuration: Configuration
) -> None:
    built = graph(lambda: deploy(Environment.load()), "prod", audited(configuration("prod")))

    sink = built.values["gcp:logging/projectSink:ProjectSink::audit"]
    assert sink["destination"] == "storage.googleapis.com/northwind-ml-prod-audit"
    assert sink["filter"] == 'logName:"cloudaudit.googleapis.com"'
    on_it = [inputs for inputs in built.values.values() if inputs.get("bucket") == "northwind-ml-prod-audit"]
    assert [(grant["role"], grant["member"]) for grant in on_it] == [("roles/storage.objectCreator", sink["writerIdentity"])]
    assert "gcp:storage/bucket:Bucket::audit" not in built.values, "the bootstrap stack owns the bucket"
