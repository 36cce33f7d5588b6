from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from groundwork.twin.core.resource_type import UNKNOWN

if TYPE_CHECKING:
    from tests.unit.twin.conftest import Cloud


@pytest.mark.parametrize(
    ("resource_type", "property_", "value"),
    [
        ("account:Account", "accountId", "short"),
        ("account:Account", "accountId", "Forecasting-runner"),
        ("account:Account", "accountId", "a" * 31),
        ("bucket:Bucket", "name", "Northwind"),
        ("bucket:Bucket", "name", "no"),
        ("bucket:Bucket", "name", "my-google-bucket"),
        ("bucket:Bucket", "name", "../outside"),
        ("bucket:Bucket", "publicAccessPrevention", "maybe"),
        ("cloudbuildv2/connection:Connection", "location", "global"),
        ("dataset:Dataset", "datasetId", "north-wind"),
        ("artifactregistry/repository:Repository", "format", "docker"),
        ("secret:Secret", "secretId", "git/hub"),
        ("service:Service", "service", "storage"),
        ("table:Table", "tableId", "sales-weekly"),
        ("topic:Topic", "name", "googlish"),
        ("trigger:Trigger", "serviceAccount", "runner@northwind-ml-dev.iam.gserviceaccount.com"),
        ("workbench/instance:Instance", "location", "europe-west2"),
    ],
)
def test_names_that_google_rejects_are_refused_at_preview(cloud: Cloud, resource_type: str, property_: str, value: Any) -> None:
    assert any(
        fault.startswith(f"`{value}` is no valid {property_}: ") for fault in cloud.faults(resource_type, **{property_: value})
    )


def test_a_name_that_is_not_known_yet_is_no_fault(cloud: Cloud) -> None:
    assert cloud.faults("bucket:Bucket", name=UNKNOWN, location="EU") == []
