from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from groundwork.ports.errors import Denied
from groundwork.twin.core.resource_type import UNKNOWN
from groundwork.twin.iam import permissions
from groundwork.twin.iam.used_grants import needed

if TYPE_CHECKING:
    from tests.unit.twin.conftest import Cloud

PROJECT = "northwind-ml-dev"
RUNNER = f"forecasting-runner@{PROJECT}.iam.gserviceaccount.com"
NOBODY = f"serviceAccount:nobody-here@{PROJECT}.iam.gserviceaccount.com"
READER = "roles/storage.objectViewer"


@pytest.fixture
def runner(cloud: Cloud) -> str:
    cloud.make("bucket:Bucket", name="northwind-raw", location="EU", publicAccessPrevention="enforced")
    cloud.make("dataset:Dataset", datasetId="raw")
    return cloud.account()


def grant(cloud: Cloud, member: str, role: str = READER) -> str:
    return cloud.make("bucketIAMMember:BucketIAMMember", bucket="northwind-raw", role=role, member=member)


@pytest.mark.usefixtures("runner")
def test_a_grant_to_an_account_that_does_not_exist_is_refused(cloud: Cloud) -> None:
    reason = cloud.refused("bucketIAMMember:BucketIAMMember", bucket="northwind-raw", role=READER, member=NOBODY)
    assert f"service account nobody-here@{PROJECT}.iam.gserviceaccount.com does not exist" in reason


@pytest.mark.parametrize(
    ("resource_type", "inputs", "role"),
    [
        ("bucketIAMMember:BucketIAMMember", {"bucket": "nothing-here"}, READER),
        ("datasetIamMember:DatasetIamMember", {"datasetId": "nothing"}, "roles/bigquery.dataViewer"),
        ("topicIAMMember:TopicIAMMember", {"topic": "nothing"}, "roles/pubsub.publisher"),
        ("secretIamMember:SecretIamMember", {"secretId": "nothing"}, "roles/secretmanager.secretAccessor"),
        ("repositoryIamMember:RepositoryIamMember", {"repository": "nothing", "location": "us"}, "roles/artifactregistry.reader"),
        (
            "serviceaccount/iAMMember:IAMMember",
            {"serviceAccountId": "projects/p/serviceAccounts/x"},
            "roles/iam.serviceAccountUser",
        ),
    ],
)
def test_a_grant_on_what_does_not_exist_is_refused(
    cloud: Cloud, runner: str, resource_type: str, inputs: dict[str, Any], role: str
) -> None:
    assert "does not exist" in cloud.refused(resource_type, **inputs, role=role, member=runner)


@pytest.mark.parametrize("role", ["roles/owner", "roles/run.admin", "projects/p/roles/mine"])
def test_a_role_that_the_twin_does_not_know_is_refused_by_name(cloud: Cloud, runner: str, role: str) -> None:
    (fault,) = cloud.faults("projects/iAMMember:IAMMember", role=role, member=runner)
    assert fault.startswith(f"the twin does not know {role}; it knows roles/")


def test_a_role_is_granted_only_where_google_grants_it(cloud: Cloud, runner: str) -> None:
    (fault,) = cloud.faults("datasetIamMember:DatasetIamMember", datasetId="raw", role="roles/bigquery.jobUser", member=runner)
    assert fault == "roles/bigquery.jobUser cannot be granted on a Dataset; grant it on the project"


@pytest.mark.parametrize("member", ["ada@northwind.example", "user:ada", "everybody", "serviceAccount:"])
@pytest.mark.usefixtures("runner")
def test_a_member_of_no_known_form_is_refused(cloud: Cloud, member: str) -> None:
    (fault,) = cloud.faults("projects/iAMMember:IAMMember", role=READER, member=member)
    assert fault.startswith(f"`{member}` is no member that the twin knows")


def test_a_condition_is_refused_rather_than_ignored(cloud: Cloud, runner: str) -> None:
    (fault,) = cloud.faults(
        "datasetIamMember:DatasetIamMember", datasetId="raw", role=READER, member=runner, condition={"expression": "false"}
    )
    assert "does not know `condition`" in fault


def test_values_that_are_not_known_yet_are_no_fault(cloud: Cloud) -> None:
    assert cloud.faults("bucketIAMMember:BucketIAMMember", bucket=UNKNOWN, role=READER, member=UNKNOWN) == []


@pytest.mark.usefixtures("runner")
def test_everybody_gets_nothing_on_a_bucket_that_prevents_public_access(cloud: Cloud) -> None:
    reason = cloud.refused("bucketIAMMember:BucketIAMMember", bucket="northwind-raw", role=READER, member="allUsers")
    assert "bucket northwind-raw prevents public access" in reason


def test_a_person_may_do_everything(cloud: Cloud) -> None:
    permissions.require(cloud.store, None, "bigquery.tables.updateData", f"projects/{PROJECT}/datasets/raw")


@pytest.mark.usefixtures("runner")
def test_an_account_may_do_nothing_that_was_not_granted(cloud: Cloud) -> None:
    with pytest.raises(Denied) as denied:
        permissions.require(cloud.store, RUNNER, "storage.objects.create", "buckets/northwind-raw")

    assert denied.value.message == f"{RUNNER} lacks storage.objects.create on buckets/northwind-raw"
    assert denied.value.hint == ("have the program grant it one of: roles/storage.objectCreator, roles/storage.objectUser")


def test_a_grant_holds_for_its_role_its_resource_and_its_member_only(cloud: Cloud, runner: str) -> None:
    cloud.make("bucket:Bucket", name="northwind-other", location="EU")
    other = cloud.account("somebody-else").removeprefix("serviceAccount:")
    grant(cloud, runner)

    permissions.require(cloud.store, RUNNER, "storage.objects.get", "buckets/northwind-raw")
    for identity, permission, bucket in (
        (RUNNER, "storage.objects.create", "northwind-raw"),
        (RUNNER, "storage.objects.get", "northwind-other"),
        (other, "storage.objects.get", "northwind-raw"),
    ):
        with pytest.raises(Denied):
            permissions.require(cloud.store, identity, permission, f"buckets/{bucket}")


@pytest.mark.parametrize(
    ("role", "permission", "resource"),
    [
        ("roles/bigquery.dataViewer", "bigquery.tables.getData", f"projects/{PROJECT}/datasets/raw"),
        ("roles/bigquery.dataViewer", "bigquery.tables.getData", f"projects/{PROJECT}/datasets/raw/tables/sales"),
        ("roles/bigquery.jobUser", "bigquery.jobs.create", f"projects/{PROJECT}"),
        (READER, "storage.objects.get", "buckets/northwind-raw"),
    ],
)
def test_a_grant_on_a_project_covers_what_is_in_it(cloud: Cloud, runner: str, role: str, permission: str, resource: str) -> None:
    cloud.make("projects/iAMMember:IAMMember", role=role, member=runner)
    permissions.require(cloud.store, RUNNER, permission, resource)


def test_a_grant_on_a_project_does_not_cover_another(cloud: Cloud, runner: str) -> None:
    cloud.make("projects/iAMMember:IAMMember", role="roles/bigquery.dataViewer", member=runner)
    with pytest.raises(Denied):
        permissions.require(cloud.store, RUNNER, "bigquery.tables.getData", "projects/northwind-ml-prod/datasets/raw")


def test_a_grant_on_a_dataset_covers_its_tables_and_not_its_neighbours(cloud: Cloud, runner: str) -> None:
    cloud.make("datasetIamMember:DatasetIamMember", datasetId="raw", role="roles/bigquery.dataViewer", member=runner)

    permissions.require(cloud.store, RUNNER, "bigquery.tables.getData", f"projects/{PROJECT}/datasets/raw/tables/sales")
    with pytest.raises(Denied):
        permissions.require(cloud.store, RUNNER, "bigquery.tables.getData", f"projects/{PROJECT}/datasets/raw2")


def test_a_topic_may_be_named_in_full_when_it_is_granted_on(cloud: Cloud, runner: str) -> None:
    topic = cloud.make("topic:Topic", name="notifications")
    cloud.make("topicIAMMember:TopicIAMMember", topic=topic, role="roles/pubsub.publisher", member=runner)

    permissions.require(cloud.store, RUNNER, "pubsub.topics.publish", topic)


@pytest.mark.usefixtures("runner")
def test_acting_as_an_account_is_granted_on_that_account(cloud: Cloud) -> None:
    evaluate = cloud.account("evaluate-account").removeprefix("serviceAccount:")
    account = f"projects/{PROJECT}/serviceAccounts/{RUNNER}"
    cloud.make(
        "serviceaccount/iAMMember:IAMMember",
        serviceAccountId=account,
        role="roles/iam.serviceAccountUser",
        member=f"serviceAccount:{evaluate}",
    )

    permissions.require(cloud.store, evaluate, "iam.serviceAccounts.actAs", account)
    with pytest.raises(Denied):
        permissions.require(cloud.store, RUNNER, "iam.serviceAccounts.actAs", account)


def test_a_disabled_account_and_a_deleted_one_are_refused(cloud: Cloud, runner: str) -> None:
    grant(cloud, runner)
    id_ = f"projects/{PROJECT}/serviceAccounts/{RUNNER}"
    cloud.update("account:Account", id_, accountId="forecasting-runner", disabled=True)
    with pytest.raises(Denied, match="does not exist or is disabled"):
        permissions.require(cloud.store, RUNNER, "storage.objects.get", "buckets/northwind-raw")

    cloud.delete("account:Account", id_)
    with pytest.raises(Denied, match="does not exist or is disabled"):
        permissions.require(cloud.store, RUNNER, "storage.objects.get", "buckets/northwind-raw")


@pytest.mark.usefixtures("runner")
def test_asking_for_a_permission_that_no_role_has_is_a_mistake(cloud: Cloud) -> None:
    with pytest.raises(ValueError, match=r"no role that the twin knows has storage\.object\.get"):
        permissions.require(cloud.store, RUNNER, "storage.object.get", "buckets/northwind-raw")


def test_a_grant_that_alone_allows_something_is_noted_as_needed_for_it(cloud: Cloud, runner: str) -> None:
    """And what two grants allow, neither is needed for: either could go."""
    on_bucket = grant(cloud, runner)
    permissions.require(cloud.store, RUNNER, "storage.objects.get", "buckets/northwind-raw/objects/a")
    permissions.require(cloud.store, RUNNER, "storage.objects.get", "buckets/northwind-raw/objects/b")
    on_project = cloud.make("projects/iAMMember:IAMMember", role="roles/storage.objectUser", member=runner)
    permissions.require(cloud.store, RUNNER, "storage.objects.list", "buckets/northwind-raw")
    permissions.require(cloud.store, RUNNER, "storage.objects.create", "buckets/northwind-raw/objects/c")

    assert {
        ("gcp:storage/bucketIAMMember:BucketIAMMember", on_bucket): {"storage.objects.get"},
        ("gcp:projects/iAMMember:IAMMember", on_project): {"storage.objects.create"},
    } == needed(cloud.store)


@pytest.mark.usefixtures("runner")
def test_what_is_refused_or_a_person_s_needs_no_grant(cloud: Cloud) -> None:
    permissions.require(cloud.store, None, "storage.objects.get", "buckets/northwind-raw")
    with pytest.raises(Denied):
        permissions.require(cloud.store, RUNNER, "storage.objects.get", "buckets/northwind-raw")

    assert {} == needed(cloud.store)


def own(folder: str, bucket: str = "northwind-raw") -> dict[str, str]:
    expression = f'resource.name.startsWith("projects/_/buckets/{bucket}/objects/{folder}")'
    return {"title": "own-folder", "expression": expression}


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ({"title": "x", "expression": "true"}, "the twin does not know the condition `true`"),
        (own("candidate-01"), "the twin does not know the condition"),
        (own(""), "the twin does not know the condition"),
        (own("../"), "the twin does not know the condition"),
        ({**own("a/"), "expression": own("a/")["expression"] + " || true"}, "the twin does not know the condition"),
        (own("a/", "northwind-other"), "the condition names bucket northwind-other"),
        ({**own("a/"), "location": "x"}, "the twin does not know location of a condition"),
        ({"expression": own("a/")["expression"]}, "a condition has a title and an expression"),
    ],
)
def test_a_condition_that_the_twin_does_not_know_is_refused(
    cloud: Cloud, runner: str, condition: dict[str, str], reason: str
) -> None:
    (fault,) = cloud.faults(
        "bucketIAMMember:BucketIAMMember", bucket="northwind-raw", role=READER, member=runner, condition=condition
    )
    assert fault.startswith(reason)


def test_a_condition_is_not_for_legacy_roles_or_everybody(cloud: Cloud, runner: str) -> None:
    given = {"bucket": "northwind-raw", "condition": own("a/")}
    for role, member in (("roles/storage.legacyBucketReader", runner), (READER, "allUsers")):
        (fault,) = cloud.faults("bucketIAMMember:BucketIAMMember", **given, role=role, member=member)
        assert "under a condition" in fault


def test_a_condition_needs_a_bucket_without_access_lists(cloud: Cloud, runner: str) -> None:
    reason = cloud.refused(
        "bucketIAMMember:BucketIAMMember", bucket="northwind-raw", role=READER, member=runner, condition=own("a/")
    )
    assert "takes no conditions while its objects have access lists" in reason


def test_a_grant_with_a_condition_holds_in_its_folder(cloud: Cloud, runner: str) -> None:
    cloud.make("bucket:Bucket", name="northwind-own", location="EU", uniformBucketLevelAccess=True)
    id_ = cloud.make(
        "bucketIAMMember:BucketIAMMember",
        bucket="northwind-own",
        role=READER,
        member=runner,
        condition=own("a/b/", "northwind-own"),
    )
    assert id_ == f"b/northwind-own/{READER}/{runner}/own-folder//{own('a/b/', 'northwind-own')['expression']}"
    permissions.require(cloud.store, RUNNER, "storage.objects.get", "buckets/northwind-own/objects/a/b/c/d")
    for name in ("objects/a/b", "objects/a/bc", "objects/c/a/b/d"):
        with pytest.raises(Denied):
            permissions.require(cloud.store, RUNNER, "storage.objects.get", f"buckets/northwind-own/{name}")
    with pytest.raises(Denied):
        permissions.require(cloud.store, RUNNER, "storage.objects.list", "buckets/northwind-own")
