from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from groundwork.twin.core import lifecycle
from groundwork.twin.interfaces.pulumi import orphaned_creates

if TYPE_CHECKING:
    from tests.unit.twin.conftest import Cloud

STACK = "urn:pulumi:dev::groundwork::pulumi:pulumi:Stack::groundwork-dev"
DATA = "urn:pulumi:dev::groundwork::groundwork:data:Data::data"
BUCKET = {"name": "northwind-raw", "location": "EU", "project": "northwind-ml-dev", "forceDestroy": False}
TYPE = "gcp:storage/bucket:Bucket"


def exported(inputs: dict[str, Any], *, type_: str = TYPE, parent: str = DATA, operation: str = "creating") -> dict[str, Any]:
    resource = {
        "urn": f"{DATA.replace('::data', '')}${type_}::raw",
        "type": type_,
        "custom": True,
        "inputs": inputs,
        "parent": parent,
    }
    return {"version": 3, "deployment": {"resources": [], "pending_operations": [{"resource": resource, "type": operation}]}}


@pytest.fixture
def bucket(cloud: Cloud) -> orphaned_creates.OrphanedResource:
    lifecycle.create(cloud.store, cloud.resource_type("bucket:Bucket"), BUCKET)
    return orphaned_creates.OrphanedResource(type=TYPE, name="raw", id="northwind-raw", parent=DATA)


def test_what_was_made_before_the_kill_is_found(cloud: Cloud, bucket: orphaned_creates.OrphanedResource) -> None:
    assert orphaned_creates.made(cloud.store, exported(BUCKET)) == [bucket]


def test_what_was_not_made_is_left_to_the_next_up(cloud: Cloud) -> None:
    assert orphaned_creates.made(cloud.store, exported(BUCKET)) == []


def test_what_was_made_half_is_left_to_the_next_up(cloud: Cloud) -> None:
    cloud.store.put(TYPE, "northwind-raw", BUCKET, ready=False)
    assert orphaned_creates.made(cloud.store, exported(BUCKET)) == []


@pytest.mark.usefixtures("bucket")
def test_other_operations_than_creates_have_nothing_to_adopt(cloud: Cloud) -> None:
    assert orphaned_creates.made(cloud.store, exported(BUCKET, operation="updating")) == []


@pytest.mark.usefixtures("bucket")
def test_what_the_stack_has_already_is_not_adopted_again(cloud: Cloud) -> None:
    state = exported(BUCKET)
    state["deployment"]["resources"] = [state["deployment"]["pending_operations"][0]["resource"]]
    assert orphaned_creates.made(cloud.store, state) == []


def test_a_stack_without_pending_operations_has_nothing_to_adopt(cloud: Cloud) -> None:
    assert orphaned_creates.made(cloud.store, {"version": 3, "deployment": {"manifest": {}}}) == []


def test_a_type_of_another_provider_is_passed_over(cloud: Cloud) -> None:
    assert orphaned_creates.made(cloud.store, exported({}, type_="random:index/randomId:RandomId")) == []


def test_an_encrypted_payload_finds_nothing_and_breaks_nothing(cloud: Cloud) -> None:
    inputs = {
        "secret": "projects/p/secrets/s",
        "secretData": {orphaned_creates.SIGNATURE: "1b4706", "ciphertext": "v1:x"},
        "project": "p",
    }
    assert orphaned_creates.made(cloud.store, exported(inputs, type_="gcp:secretmanager/secretVersion:SecretVersion")) == []


def test_the_import_file_names_each_parent_once(bucket: orphaned_creates.OrphanedResource) -> None:
    other = orphaned_creates.OrphanedResource(type=TYPE, name="other", id="other-bucket", parent=DATA)
    alone = orphaned_creates.OrphanedResource(type=TYPE, name="alone", id="alone-bucket", parent="")

    assert orphaned_creates.import_file([bucket, other, alone]) == {
        "nameTable": {"parent-0": DATA},
        "resources": [
            {"type": TYPE, "name": "raw", "id": "northwind-raw", "parent": "parent-0"},
            {"type": TYPE, "name": "other", "id": "other-bucket", "parent": "parent-0"},
            {"type": TYPE, "name": "alone", "id": "alone-bucket"},
        ],
    }


@pytest.mark.usefixtures("bucket")
def test_a_resource_of_the_stack_itself_needs_no_parent(cloud: Cloud) -> None:
    (found,) = orphaned_creates.made(cloud.store, exported(BUCKET, parent=STACK))
    assert found.parent == ""
