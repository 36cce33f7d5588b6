from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from groundwork.twin import lifecycle
from groundwork.twin.core.store import Refused
from groundwork.twin.registry import RESOURCE_TYPES

if TYPE_CHECKING:
    from tests.unit.twin.conftest import Cloud

BUCKET = {"name": "northwind-raw", "location": "EU"}


def test_an_api_that_is_not_enabled_refuses_its_resources(bare: Cloud) -> None:
    assert "storage.googleapis.com is not enabled in project northwind-ml-dev" in bare.refused("bucket:Bucket", **BUCKET)
    assert not (bare.store.root / "buckets").exists()


def test_an_unknown_type_is_refused_by_name() -> None:
    with pytest.raises(Refused, match="the twin does not know gcp:redis/instance:Instance"):
        lifecycle.resource_type_of("gcp:redis/instance:Instance")


def test_an_unknown_property_is_refused_by_name(cloud: Cloud) -> None:
    (fault,) = cloud.faults("bucket:Bucket", **BUCKET, website={"mainPageSuffix": "index.html"})
    assert "the twin does not know `website` of gcp:storage/bucket:Bucket" in fault


def test_what_is_missing_is_told_all_at_once(cloud: Cloud) -> None:
    assert cloud.faults("bucket:Bucket") == ["`location` is required", "`name` is required"]


def test_a_project_must_be_configured() -> None:
    resource_type = RESOURCE_TYPES["gcp:pubsub/topic:Topic"]
    (fault,) = lifecycle.faults(resource_type, lifecycle.completed(resource_type, {"name": "notifications"}, ""))
    assert fault.reason == "`project` is required"


def test_what_exists_is_not_made_again(cloud: Cloud) -> None:
    cloud.make("bucket:Bucket", **BUCKET)
    assert "northwind-raw already exists; import it" in cloud.refused("bucket:Bucket", **BUCKET)


def test_a_create_that_was_killed_half_way_is_made_again(cloud: Cloud) -> None:
    resource_type = cloud.resource_type("bucket:Bucket")
    cloud.store.put(resource_type.type, "northwind-raw", cloud.given("bucket:Bucket", BUCKET), ready=False)

    assert cloud.read("bucket:Bucket", "northwind-raw") is None
    assert cloud.make("bucket:Bucket", **BUCKET) == "northwind-raw"
    assert cloud.read("bucket:Bucket", "northwind-raw")


def test_what_went_behind_our_back_is_not_there_and_can_be_made_again(cloud: Cloud) -> None:
    cloud.make("bucket:Bucket", **BUCKET)
    (cloud.store.root / "buckets/northwind-raw").rmdir()

    assert cloud.read("bucket:Bucket", "northwind-raw") is None
    cloud.make("bucket:Bucket", **BUCKET)
    assert (cloud.store.root / "buckets/northwind-raw").is_dir()


def test_what_is_gone_cannot_be_changed(cloud: Cloud) -> None:
    with pytest.raises(Refused, match="northwind-raw does not exist any more; run `pulumi refresh`"):
        cloud.update("bucket:Bucket", "northwind-raw", **BUCKET)


def test_deleting_what_is_gone_is_no_error(cloud: Cloud) -> None:
    cloud.delete("bucket:Bucket", "northwind-raw")


def test_grants_go_with_what_they_are_on(cloud: Cloud) -> None:
    """Else a bucket that is made anew under the same name would be open to whoever could read the old one."""
    cloud.make("bucket:Bucket", **BUCKET)
    grant = cloud.make(
        "bucketIAMMember:BucketIAMMember", bucket="northwind-raw", role="roles/storage.objectUser", member=cloud.account()
    )
    cloud.delete("bucket:Bucket", "northwind-raw")
    cloud.make("bucket:Bucket", **BUCKET)

    assert cloud.read("bucketIAMMember:BucketIAMMember", grant) is None


def test_a_service_stays_enabled_and_its_agent_stays(cloud: Cloud) -> None:
    service = cloud.make("service:Service", service="aiplatform.googleapis.com")
    agent = cloud.make("serviceIdentity:ServiceIdentity", service="aiplatform.googleapis.com")
    cloud.delete("service:Service", service)
    cloud.delete("serviceIdentity:ServiceIdentity", agent)

    assert cloud.read("service:Service", service)
    assert cloud.read("serviceIdentity:ServiceIdentity", agent)


def test_enabling_what_is_enabled_is_no_error(cloud: Cloud) -> None:
    cloud.enable("storage")


def test_a_service_can_be_switched_off_by_a_program_that_says_so(cloud: Cloud) -> None:
    service = cloud.make("service:Service", service="storage.googleapis.com", disableOnDestroy=True)
    cloud.delete("service:Service", service)

    assert "is not enabled" in cloud.refused("bucket:Bucket", **BUCKET)
