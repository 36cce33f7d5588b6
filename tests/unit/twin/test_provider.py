"""The interface without the engine: what it answers to one question at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2 as pb

from groundwork.twin.core.resource_type import UNKNOWN
from groundwork.twin.interfaces.pulumi import wire
from groundwork.twin.interfaces.pulumi.provider import Provider

if TYPE_CHECKING:
    from groundwork.twin.core.store import Store
    from tests.unit.twin.conftest import Cloud

PROJECT = {"project": "northwind-ml-dev"}
BUCKET = {"name": "northwind-raw", "location": "EU"}
SECRET = {wire.SIGNATURE: wire.SECRET, "value": "hidden"}


class Aborted(Exception):
    """What the real context raises."""


class Context:
    def abort(self, code: grpc.StatusCode, text: str) -> None:
        raise Aborted(f"{code.name}: {text}")


class Interface:
    def __init__(self, store: Store) -> None:
        self.provider = Provider(store, "10.2.0")
        self.provider.Configure(pb.ConfigureRequest(args=struct(PROJECT)), Context())

    def check(self, resource_type: str, **inputs: Any) -> Any:
        return self.provider.Check(pb.CheckRequest(urn=urn(resource_type), news=struct(inputs)), Context())

    def diff(self, resource_type: str, old: dict[str, Any], new: dict[str, Any]) -> Any:
        request = pb.DiffRequest(urn=urn(resource_type), old_inputs=struct(PROJECT | old), news=struct(PROJECT | new))
        return self.provider.Diff(request, Context())

    def create(self, resource_type: str, inputs: struct_pb2.Struct, *, preview: bool = False) -> Any:
        request = pb.CreateRequest(urn=urn(resource_type), properties=inputs, preview=preview)
        return self.provider.Create(request, Context())

    def make(self, resource_type: str, **inputs: Any) -> Any:
        return self.create(resource_type, self.check(resource_type, **inputs).inputs)

    def read(self, resource_type: str, id_: str) -> Any:
        return self.provider.Read(pb.ReadRequest(urn=urn(resource_type), id=id_), Context())


def struct(value: dict[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(value, struct_pb2.Struct())


def urn(resource_type: str) -> str:
    return f"urn:pulumi:dev::groundwork::groundwork:data:Data$gcp:{resource_type}::a"


@pytest.fixture
def interface(cloud: Cloud) -> Interface:
    return Interface(cloud.store)


def test_check_fills_in_the_project_and_google_s_defaults(interface: Interface) -> None:
    checked = interface.check("storage/bucket:Bucket", **BUCKET)

    assert not checked.failures
    assert wire.decode(checked.inputs) == {
        "project": "northwind-ml-dev",
        "forceDestroy": False,
        "storageClass": "STANDARD",
        "uniformBucketLevelAccess": False,
        **BUCKET,
    }


def test_check_keeps_what_the_program_says(interface: Interface) -> None:
    checked = interface.check("storage/bucket:Bucket", **BUCKET, project="northwind-ml-prod", forceDestroy=True)
    assert (wire.decode(checked.inputs)["project"], wire.decode(checked.inputs)["forceDestroy"]) == ("northwind-ml-prod", True)


def test_check_says_which_property_is_wrong(interface: Interface) -> None:
    (failure,) = interface.check("storage/bucket:Bucket", **{**BUCKET, "name": "Northwind"}).failures
    assert failure.property == "name"


def test_nothing_changed_is_no_difference(interface: Interface) -> None:
    assert interface.diff("storage/bucket:Bucket", BUCKET, BUCKET).changes == pb.DiffResponse.DIFF_NONE


def test_an_immutable_property_means_a_replacement_and_the_old_one_goes_first_where_names_are_the_same(
    interface: Interface,
) -> None:
    diff = interface.diff("storage/bucket:Bucket", BUCKET, {**BUCKET, "location": "US"})
    assert (list(diff.replaces), diff.deleteBeforeReplace) == (["location"], True)

    diff = interface.diff("storage/bucket:Bucket", BUCKET, {**BUCKET, "name": "another"})
    assert (list(diff.replaces), diff.deleteBeforeReplace) == (["name"], False)


def test_another_property_is_changed_in_place(interface: Interface) -> None:
    diff = interface.diff("storage/bucket:Bucket", BUCKET, {**BUCKET, "labels": {"a": "b"}})
    assert (list(diff.diffs), list(diff.replaces)) == (["labels"], [])


def test_a_nested_immutable_property_means_a_replacement(interface: Interface) -> None:
    old = {"name": "ada", "location": "europe-west2-b", "gceSetup": {"machineType": "a", "vmImage": {"family": "x"}}}

    bigger = {**old, "gceSetup": {"machineType": "b", "vmImage": {"family": "x"}}}
    assert list(interface.diff("workbench/instance:Instance", old, bigger).replaces) == []

    other = {**old, "gceSetup": {"machineType": "a", "vmImage": {"family": "y"}}}
    assert list(interface.diff("workbench/instance:Instance", old, other).replaces) == ["gceSetup.vmImage"]


def test_retyped_columns_mean_a_replacement_and_new_ones_do_not(interface: Interface) -> None:
    old = {"datasetId": "raw", "tableId": "sales", "schema": '[{"name": "a", "type": "STRING"}]'}

    retyped = {**old, "schema": '[{"name": "a", "type": "DATE"}]'}
    assert list(interface.diff("bigquery/table:Table", old, retyped).replaces) == ["schema"]

    wider = {**old, "schema": '[{"name": "a", "type": "STRING"}, {"name": "b", "type": "DATE"}]'}
    diff = interface.diff("bigquery/table:Table", old, wider)
    assert (list(diff.diffs), list(diff.replaces)) == (["schema"], [])


def test_a_preview_computes_what_follows_from_known_names(interface: Interface) -> None:
    inputs = interface.check("storage/bucket:Bucket", **BUCKET).inputs
    created = interface.create("storage/bucket:Bucket", inputs, preview=True)
    assert wire.decode(created.properties)["url"] == "gs://northwind-raw"


def test_a_preview_makes_nothing(interface: Interface, cloud: Cloud) -> None:
    interface.create("storage/bucket:Bucket", interface.check("storage/bucket:Bucket", **BUCKET).inputs, preview=True)
    assert not (cloud.store.root / "buckets").exists()


def test_outputs_are_unknown_while_a_name_is(interface: Interface, trigger: dict[str, Any]) -> None:
    """An id that is derived from a name by a digest would hide that the name is not known."""
    inputs = interface.check("cloudbuild/trigger:Trigger", **{**trigger, "location": UNKNOWN}).inputs
    created = interface.create("cloudbuild/trigger:Trigger", inputs, preview=True)
    assert wire.decode(created.properties)["triggerId"] == UNKNOWN


def test_an_import_returns_everything_by_the_id_alone(interface: Interface) -> None:
    made = interface.make("storage/bucket:Bucket", **BUCKET)
    found = interface.read("storage/bucket:Bucket", made.id)

    assert found.id == "northwind-raw"
    assert wire.decode(found.inputs)["location"] == "EU"
    assert wire.decode(found.properties)["url"] == "gs://northwind-raw"


def test_what_is_not_there_is_read_as_nothing(interface: Interface) -> None:
    assert interface.read("storage/bucket:Bucket", "northwind-raw").id == ""


def test_what_is_always_secret_is_read_as_a_secret(interface: Interface) -> None:
    secret = interface.make("secretmanager/secret:Secret", secretId="token", replication={"auto": {}})
    made = interface.make("secretmanager/secretVersion:SecretVersion", secret=secret.id, secretData=SECRET)
    found = interface.read("secretmanager/secretVersion:SecretVersion", made.id)

    assert made.id == "projects/northwind-ml-dev/secrets/token/versions/1"
    for properties in (made.properties, found.properties, found.inputs):
        assert properties["secretData"] == SECRET


def test_a_secret_of_the_program_s_own_is_kept_apart(interface: Interface, cloud: Cloud) -> None:
    made = interface.make("storage/bucket:Bucket", **BUCKET, labels={"a": SECRET, "b": "open"})

    assert made.properties["labels"]["a"] == SECRET
    assert b"hidden" not in (cloud.store.root / "twin.sqlite").read_bytes()
    assert wire.decode(interface.read("storage/bucket:Bucket", made.id).inputs)["labels"] == {"a": "hidden", "b": "open"}


def test_a_refusal_is_told_with_the_way_out(interface: Interface) -> None:
    with pytest.raises(Aborted, match="FAILED_PRECONDITION: the twin does not know gcp:redis/instance:Instance; use a type"):
        interface.check("redis/instance:Instance")


def test_a_look_up_is_refused_by_name(interface: Interface) -> None:
    with pytest.raises(
        Aborted, match="UNIMPLEMENTED: the twin does not know gcp:organizations/getProject:getProject; pass the value"
    ):
        interface.provider.Invoke(pb.InvokeRequest(tok="gcp:organizations/getProject:getProject"), Context())
