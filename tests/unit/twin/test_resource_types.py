"""The rules that kinds state, held against the SDK that programs are written with."""

import importlib
import inspect
import re
from typing import Any

import pytest

from groundwork.twin.core.resource_type import Kind
from groundwork.twin.registry import KINDS

ALL = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
GIVEN = {
    **{name: "given" for kind in KINDS.values() for name in kind.names},
    "project": "northwind-ml-dev",
    "serviceAccountId": "projects/p/serviceAccounts/e",
    "bigQuery": {"bigQuerySource": {"inputUri": "bq://p.d.t"}},
    "view": {"projectId": "p", "datasetId": "d", "tableId": "t"},
    "condition": {"title": "t", "expression": "e"},
}


def _class(kind: Kind) -> Any:
    module, _, name = kind.type.removeprefix("gcp:").partition("/")
    return getattr(importlib.import_module(f"pulumi_gcp.{module}"), name.partition(":")[2])


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _inputs(kind: Kind) -> set[str]:
    signature = inspect.signature(_class(kind)._internal_init)
    return {_camel(name) for name in signature.parameters}


@ALL
def test_a_kind_names_only_properties_that_the_sdk_has(kind: Kind) -> None:
    names = kind.names | {path.partition(".")[0] for path in kind.fixed} | set(kind.patterns) | kind.secret
    assert names - _inputs(kind) - {"project"} == set()


@ALL
def test_a_kind_requires_what_the_sdk_requires(kind: Kind) -> None:
    required = re.findall(r"Missing required property '(\w+)'", inspect.getsource(_class(kind)._internal_init))
    assert {_camel(name) for name in required} <= kind.required | {"project"}


@ALL
def test_a_kind_computes_only_outputs_that_the_sdk_has(kind: Kind) -> None:
    outputs = {*kind.outputs({**GIVEN, **kind.defaults}), *kind.named("a/1")}
    properties = {_camel(name) for name, value in vars(_class(kind)).items() if isinstance(value, property)}
    assert outputs - properties == set()


@ALL
def test_an_id_follows_from_what_cannot_change(kind: Kind) -> None:
    """An interrupted `up` must find what it made, and an update must not move it."""
    given = {**GIVEN, **kind.defaults}
    changed = {name: value if name in kind.fixed else "changed" for name, value in given.items()}
    assert kind.id(given) == kind.id(changed)


def test_every_type_of_the_program_is_known() -> None:
    assert len(KINDS) == 52


def test_the_type_in_a_kind_is_the_sdk_s_own() -> None:
    source = {kind.type: inspect.getsource(inspect.getmodule(_class(kind))) for kind in KINDS.values()}  # type: ignore[arg-type]
    assert [token for token, text in source.items() if f"'{token}'" not in text] == []
