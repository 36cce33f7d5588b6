"""A dataset's access list: who has which role, which views read its tables, and what another kind of grant does to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from groundwork.ports.errors import Denied
from groundwork.twin.core.resource_type import UNKNOWN
from groundwork.twin.iam import permissions

if TYPE_CHECKING:
    from tests.unit.twin.conftest import Cloud

PROJECT = "northwind-ml-dev"
RAW = f"projects/{PROJECT}/datasets/raw"
RUNNER = f"forecasting-runner@{PROJECT}.iam.gserviceaccount.com"
ACCESS, MEMBER, ROLE = "datasetAccess:DatasetAccess", "datasetIamMember:DatasetIamMember", "iAMCustomRole:IAMCustomRole"
READER = "roles/bigquery.dataViewer"
WRITER: dict[str, Any] = {"roleId": "rowWriter", "title": "Writes rows", "permissions": ["bigquery.tables.updateData"]}
SHOWN = {"projectId": PROJECT, "datasetId": "training_views", "tableId": "sales"}


@pytest.fixture
def listed(cloud: Cloud) -> Cloud:
    """Return a project with a table, a view that is authorised to read it, and an account that may do nothing yet."""
    cloud.account()
    for dataset in ("raw", "training_views"):
        cloud.make("dataset:Dataset", datasetId=dataset)
    cloud.make("table:Table", datasetId="raw", tableId="sales", schema='[{"name": "id", "type": "STRING"}]')
    query = f"SELECT * FROM `{PROJECT}.raw.sales`"  # noqa: S608  our own name
    view = {"query": query, "useLegacySql": False}
    cloud.make("table:Table", datasetId="training_views", tableId="sales", view=view, deletionProtection=False)
    cloud.make(ACCESS, datasetId="raw", view=SHOWN)
    return cloud


def shown(cloud: Cloud) -> bool:
    """Return whether the view is still authorised."""
    return cloud.read(ACCESS, f"{RAW}/access/{PROJECT}.training_views.sales") is not None


def test_an_entry_grants_its_role_to_whom_it_names_until_it_goes(listed: Cloud) -> None:
    id_ = listed.make(ACCESS, datasetId="raw", role=READER, userByEmail=RUNNER)

    permissions.require(listed.store, RUNNER, "bigquery.tables.getData", f"{RAW}/tables/sales")
    for permission, where in (
        ("bigquery.tables.updateData", RAW),
        ("bigquery.tables.getData", RAW.replace("raw", "training_views")),
    ):
        with pytest.raises(Denied):
            permissions.require(listed.store, RUNNER, permission, where)
    listed.delete(ACCESS, id_)
    with pytest.raises(Denied):
        permissions.require(listed.store, RUNNER, "bigquery.tables.getData", RAW)
    assert shown(listed)


@pytest.mark.parametrize("goes", [False, True])
def test_the_other_kind_of_grant_takes_the_views_away_when_it_comes_and_when_it_goes(listed: Cloud, *, goes: bool) -> None:
    """And leaves the entries that have a role: Google's provider writes back what has one."""
    listed.make(ACCESS, datasetId="raw", role=READER, userByEmail=RUNNER)
    other = listed.account("somebody-else")
    member = listed.make(MEMBER, datasetId="raw", role=READER, member=other)
    assert not shown(listed)
    if goes:
        listed.make(ACCESS, datasetId="raw", view=SHOWN)
        listed.delete(MEMBER, member)

    assert not shown(listed)
    permissions.require(listed.store, RUNNER, "bigquery.tables.getData", RAW)


def test_on_another_dataset_it_does_no_harm(listed: Cloud) -> None:
    listed.make(MEMBER, datasetId="training_views", role=READER, member=f"serviceAccount:{RUNNER}")

    assert shown(listed)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "the twin knows an entry with one of `authorizedDataset`, `groupByEmail`, `userByEmail`, `view`"),
        ({"userByEmail": RUNNER, "groupByEmail": "a@b.example", "role": READER}, "the twin knows an entry with one of"),
        ({"specialGroup": "projectReaders", "role": READER}, "the twin does not know `specialGroup`"),
        ({"userByEmail": RUNNER}, "`role` is required with `userByEmail`"),
        ({"userByEmail": RUNNER, "role": "READER"}, "the twin does not know READER"),
        ({"userByEmail": RUNNER, "role": "roles/bigquery.jobUser"}, "roles/bigquery.jobUser cannot be granted on a Dataset"),
        (
            {"userByEmail": "Ada@northwind.example", "role": READER},
            "`Ada@northwind.example` is not an address as Google stores it",
        ),
        ({"view": SHOWN, "role": READER}, "a `view` has no role"),
    ],
)
def test_an_entry_that_google_or_the_twin_would_not_take_is_refused_at_preview(
    listed: Cloud, given: dict[str, Any], reason: str
) -> None:
    assert listed.faults(ACCESS, datasetId="raw", **given)[0].startswith(reason)


def test_an_entry_that_is_not_known_yet_is_no_fault(cloud: Cloud) -> None:
    assert [] == cloud.faults(ACCESS, datasetId=UNKNOWN, role=UNKNOWN, userByEmail=UNKNOWN)


def test_an_entry_for_nobody_is_refused(listed: Cloud) -> None:
    nobody = RUNNER.replace("forecasting-runner", "nobody-here")

    assert "nobody-here" in listed.refused(ACCESS, datasetId="raw", role=READER, userByEmail=nobody)


def test_a_role_of_the_project_s_own_allows_what_it_lists_and_no_more(listed: Cloud) -> None:
    role = listed.make(ROLE, **WRITER)
    assert f"projects/{PROJECT}/roles/rowWriter" == role
    listed.make(ACCESS, datasetId="raw", role=role, userByEmail=RUNNER)

    permissions.require(listed.store, RUNNER, "bigquery.tables.updateData", f"{RAW}/tables/sales")
    for permission in ("bigquery.tables.create", "bigquery.tables.delete", "bigquery.tables.update", "bigquery.tables.getData"):
        with pytest.raises(Denied):
            permissions.require(listed.store, RUNNER, permission, f"{RAW}/tables/sales")

    listed.delete(ROLE, role)
    with pytest.raises(Denied):
        permissions.require(listed.store, RUNNER, "bigquery.tables.updateData", f"{RAW}/tables/sales")


def test_a_role_that_nobody_has_made_cannot_be_granted(listed: Cloud) -> None:
    role = f"projects/{PROJECT}/roles/nothing"

    assert f"role {role} does not exist" in listed.refused(ACCESS, datasetId="raw", role=role, userByEmail=RUNNER)


def test_a_role_of_permissions_that_the_twin_does_not_know_is_refused(cloud: Cloud) -> None:
    (fault,) = cloud.faults(ROLE, **{**WRITER, "permissions": ["bigquery.tables.invent"]})

    assert fault.startswith("the twin does not know bigquery.tables.invent")
