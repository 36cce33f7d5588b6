"""The rules that kinds state, held against the SDK that programs are written with."""

import importlib
import inspect
import re
import sys
from typing import Any

import pytest

from groundwork.twin.core.resource_type import ResourceType
from groundwork.twin.registry import RESOURCE_TYPES

ALL = pytest.mark.parametrize("resource_type", RESOURCE_TYPES.values(), ids=RESOURCE_TYPES)
GIVEN = {
    **{name: "given" for resource_type in RESOURCE_TYPES.values() for name in resource_type.names},
    "project": "northwind-ml-dev",
    "serviceAccountId": "projects/p/serviceAccounts/e",
    "bigQuery": {"bigQuerySource": {"inputUri": "bq://p.d.t"}},
    "view": {"projectId": "p", "datasetId": "d", "tableId": "t"},
    "condition": {"title": "t", "expression": "e"},
}


def _class(resource_type: ResourceType) -> Any:
    module, _, name = resource_type.type.removeprefix("gcp:").partition("/")
    return getattr(importlib.import_module(f"pulumi_gcp.{module}"), name.partition(":")[2])


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _inputs(resource_type: ResourceType) -> set[str]:
    signature = inspect.signature(_class(resource_type)._internal_init)
    return {_camel(name) for name in signature.parameters}


@ALL
def test_a_kind_names_only_properties_that_the_sdk_has(resource_type: ResourceType) -> None:
    names = (
        resource_type.names
        | {path.partition(".")[0] for path in resource_type.fixed}
        | set(resource_type.patterns)
        | resource_type.secret
    )
    assert names - _inputs(resource_type) - {"project"} == set()


@ALL
def test_a_kind_requires_what_the_sdk_requires(resource_type: ResourceType) -> None:
    required = re.findall(r"Missing required property '(\w+)'", inspect.getsource(_class(resource_type)._internal_init))
    assert {_camel(name) for name in required} <= resource_type.required | {"project"}


@ALL
def test_a_kind_computes_only_outputs_that_the_sdk_has(resource_type: ResourceType) -> None:
    outputs = {*resource_type.outputs({**GIVEN, **resource_type.defaults}), *resource_type.named("a/1")}
    properties = {_camel(name) for name, value in vars(_class(resource_type)).items() if isinstance(value, property)}
    assert outputs - properties == set()


@ALL
def test_an_id_follows_from_what_cannot_change(resource_type: ResourceType) -> None:
    """An interrupted `up` must find what it made, and an update must not move it."""
    given = {**GIVEN, **resource_type.defaults}
    changed = {name: value if name in resource_type.fixed else "changed" for name, value in given.items()}
    assert resource_type.id(given) == resource_type.id(changed)


def test_every_type_of_the_program_is_known() -> None:
    assert len(RESOURCE_TYPES) == 52


def test_the_type_in_a_kind_is_the_sdk_s_own() -> None:
    source = {
        resource_type.type: inspect.getsource(sys.modules[_class(resource_type).__module__])
        for resource_type in RESOURCE_TYPES.values()
    }
    assert [token for token, text in source.items() if f"'{token}'" not in text] == []
