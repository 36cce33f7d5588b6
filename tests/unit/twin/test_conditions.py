"""Conditions of grants on a project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from components.deployer import only
from components.grants import within
from groundwork.ports.errors import Denied
from groundwork.twin.iam import permissions
from tests.unit.twin.conftest import PROJECT, REGION

if TYPE_CHECKING:
    from tests.unit.twin.conftest import Cloud

MEMBER = "projects/iAMMember:IAMMember"
VIEWER = "roles/storage.objectViewer"


def grant(expression: str, **given: Any) -> dict[str, Any]:
    who = {"member": f"serviceAccount:previewer@{PROJECT}.iam.gserviceaccount.com", "project": PROJECT}
    return {"role": VIEWER, **who, "condition": {"title": "t", "expression": expression}, **given}


def test_a_grant_for_one_bucket_reads_it_and_no_other(cloud: Cloud) -> None:
    cloud.account("previewer")
    for bucket in ("northwind-state", "northwind-state-2"):
        cloud.make("bucket:Bucket", name=bucket, location=REGION)
    cloud.make(MEMBER, **grant(within("northwind-state")))
    identity = f"previewer@{PROJECT}.iam.gserviceaccount.com"

    permissions.require(cloud.store, identity, "storage.objects.get", "buckets/northwind-state/objects/a")
    permissions.require(cloud.store, identity, "storage.objects.list", "buckets/northwind-state")
    for other in ("buckets/northwind-state-2/objects/a", "buckets/northwind-state-2"):
        with pytest.raises(Denied, match=r"lacks storage\.objects\.get"):
            permissions.require(cloud.store, identity, "storage.objects.get", other)


@pytest.mark.parametrize("expression", [only(["roles/bigquery.jobUser", "projects/p/roles/own"]), within("b-1")])
def test_the_conditions_that_the_program_writes_are_known(cloud: Cloud, expression: str) -> None:
    assert [] == cloud.faults(MEMBER, **grant(expression))


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"condition": {"title": "t", "expression": "true"}}, "does not know the condition `true`"),
        ({"condition": {"title": "t", "expression": within("a-1").replace("a-1/", "b-1/")}}, "name one bucket"),
        ({"condition": {"title": "", "expression": within("a-1")}}, "a title and an expression"),
        ({"condition": {"title": "t", "expression": within("a-1"), "until": "1"}}, "does not know until"),
    ],
)
def test_a_condition_that_the_twin_does_not_know_is_refused(cloud: Cloud, given: dict[str, Any], why: str) -> None:
    (fault,) = cloud.faults(MEMBER, **grant("", **given))
    assert why in fault


def test_two_grants_of_a_role_under_different_conditions_stand_side_by_side(cloud: Cloud) -> None:
    cloud.account("previewer")
    made = {cloud.make(MEMBER, **grant(within(bucket))) for bucket in ("a-1", "b-1")}
    assert len(made) == 2
