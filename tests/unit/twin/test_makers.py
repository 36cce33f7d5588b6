"""Programs that make resources: they need grants for it as for anything else, and own what Google lets them own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from groundwork.ports.errors import Denied
from groundwork.twin import lifecycle
from groundwork.twin.iam import permissions as policy
from groundwork.twin.iam.used_grants import needed

if TYPE_CHECKING:
    from tests.unit.twin.conftest import Cloud

PROJECT = "northwind-ml-dev"
FACTORY = f"factory@{PROJECT}.iam.gserviceaccount.com"
RUNNER = f"forecasting-runner@{PROJECT}.iam.gserviceaccount.com"
OWN, RAW = f"projects/{PROJECT}/datasets/own", f"projects/{PROJECT}/datasets/raw"
TABLE: dict[str, Any] = {
    "datasetId": "own",
    "tableId": "t",
    "schema": json.dumps([{"name": "a", "type": "STRING"}]),
    "deletionProtection": False,
}
READER = {"role": "roles/bigquery.dataViewer", "member": f"serviceAccount:{RUNNER}"}


@pytest.fixture
def factory(cloud: Cloud) -> Cloud:
    """Return a project with the factory, who may make datasets, and a dataset that a person made."""
    cloud.account()
    cloud.make("projects/iAMMember:IAMMember", role="roles/bigquery.user", member=cloud.account("factory"))
    cloud.make("dataset:Dataset", datasetId="raw")
    return cloud


def make(cloud: Cloud, name: str, by: str = FACTORY, /, **inputs: Any) -> str:
    return lifecycle.create(cloud.store, cloud.resource_type(name), cloud.given(name, inputs), by=by)


def remove(cloud: Cloud, name: str, id_: str, by: str = FACTORY) -> None:
    lifecycle.delete(cloud.store, cloud.resource_type(name), id_, by=by)


def test_who_may_make_a_dataset_owns_it_and_what_is_in_it(factory: Cloud) -> None:
    make(factory, "dataset:Dataset", datasetId="own")
    table = make(factory, "table:Table", **TABLE)
    grant = make(factory, "datasetIamMember:DatasetIamMember", datasetId="own", **READER)

    policy.require(factory.store, FACTORY, "bigquery.tables.updateData", OWN)
    for resource_type, id_ in (("datasetIamMember:DatasetIamMember", grant), ("table:Table", table), ("dataset:Dataset", OWN)):
        remove(factory, resource_type, id_)
        assert factory.read(resource_type, id_) is None


@pytest.mark.parametrize(
    ("name", "inputs", "permission"),
    [
        ("table:Table", {**TABLE, "datasetId": "raw"}, f"bigquery.tables.create on {RAW}"),
        ("datasetIamMember:DatasetIamMember", {"datasetId": "raw", **READER}, f"bigquery.datasets.setIamPolicy on {RAW}"),
    ],
)
def test_it_owns_nothing_that_others_made(factory: Cloud, name: str, inputs: dict[str, Any], permission: str) -> None:
    with pytest.raises(Denied) as denied:
        make(factory, name, **inputs)
    assert f"{FACTORY} lacks {permission}" == denied.value.message

    with pytest.raises(Denied, match=r"lacks bigquery\.datasets\.delete"):
        remove(factory, "dataset:Dataset", RAW)
    assert factory.read("dataset:Dataset", RAW)


def test_what_it_owns_is_nobody_else_s(factory: Cloud) -> None:
    make(factory, "dataset:Dataset", datasetId="own")

    with pytest.raises(Denied, match=r"lacks bigquery\.datasets\.delete"):
        remove(factory, "dataset:Dataset", OWN, RUNNER)
    with pytest.raises(Denied, match=r"lacks bigquery\.datasets\.create on projects/northwind-ml-dev"):
        make(factory, "dataset:Dataset", RUNNER, datasetId="another")


def test_the_ownership_goes_with_the_dataset_and_does_not_come_back(factory: Cloud) -> None:
    """A person who makes one of the same name gives nothing to whoever had made the one before."""
    make(factory, "dataset:Dataset", datasetId="own")
    remove(factory, "dataset:Dataset", OWN)
    factory.make("dataset:Dataset", datasetId="own")

    with pytest.raises(Denied):
        policy.require(factory.store, FACTORY, "bigquery.tables.getData", OWN)


def test_to_remove_what_is_gone_needs_no_grant(factory: Cloud) -> None:
    """An engine that was killed asks again; by then the ownership is gone, too."""
    make(factory, "dataset:Dataset", datasetId="own")
    remove(factory, "dataset:Dataset", OWN)
    remove(factory, "dataset:Dataset", OWN)


def test_a_dataset_that_was_killed_half_way_is_made_again(factory: Cloud) -> None:
    resource_type = factory.resource_type("dataset:Dataset")
    factory.store.put(resource_type.type, OWN, factory.given("dataset:Dataset", {"datasetId": "own"}), ready=False)

    assert OWN == make(factory, "dataset:Dataset", datasetId="own")
    policy.require(factory.store, FACTORY, "bigquery.datasets.delete", OWN)


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("bucket:Bucket", {"name": "northwind-mine", "location": "EU"}),
        ("projects/iAMMember:IAMMember", READER),
        ("account:Account", {"accountId": "another-me"}),
    ],
)
def test_what_the_twin_does_not_know_a_program_to_make_it_refuses_by_name(
    factory: Cloud, name: str, inputs: dict[str, Any]
) -> None:
    with pytest.raises(Denied, match=r"factory@.* may not create a \w+: the twin does not know the permission for it"):
        make(factory, name, **inputs)


def test_making_a_dataset_is_what_its_grant_is_needed_for(factory: Cloud) -> None:
    make(factory, "dataset:Dataset", datasetId="own")

    (permissions,) = needed(factory.store).values()
    assert {"bigquery.datasets.create"} == permissions
