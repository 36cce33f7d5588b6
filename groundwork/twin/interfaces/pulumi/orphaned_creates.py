"""What a killed `pulumi up` made on the twin without its stack knowing: found, and put in the form that `pulumi import` takes.

A create that was under way when the engine was killed is left in the stack's state as a pending operation without an id. Names
follow from inputs, so what it may have made can be looked up; what is there is adopted, the rest the next `up` makes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundwork.twin.core import lifecycle
from groundwork.twin.core.store import Store
from groundwork.twin.registry import RESOURCE_TYPES

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key by which Pulumi marks values that are none, such as encrypted ones."""


@dataclass(frozen=True, kw_only=True)
class OrphanedResource:
    """A resource that is on the twin and not in the stack."""

    type: str
    name: str
    """The logical name, which the program gives it."""
    id: str
    parent: str
    """URN of the component that it belongs to; empty for the stack itself."""


def made(store: Store, exported: Mapping[str, Any]) -> list[OrphanedResource]:
    """Return what of a stack's pending creates is there, from what `pulumi stack export` printed."""
    deployment = exported["deployment"]
    kept = {resource["urn"] for resource in deployment.get("resources") or []}
    pending = [
        operation["resource"]
        for operation in deployment.get("pending_operations") or []
        if operation["type"] == "creating" and operation["resource"]["urn"] not in kept
    ]
    found = [(resource, _id(store, resource)) for resource in pending]
    return [
        OrphanedResource(type=resource["type"], name=resource["urn"].rpartition("::")[2], id=id_, parent=_parent(resource))
        for resource, id_ in found
        if id_
    ]


def import_file(found: Sequence[OrphanedResource]) -> Mapping[str, Any]:
    """Return the file for `pulumi import --file FILE --generate-code=false --protect=false --yes`."""
    parents = {parent: f"parent-{index}" for index, parent in enumerate(sorted({made.parent for made in found if made.parent}))}
    return {
        "nameTable": {name: urn for urn, name in parents.items()},
        "resources": [
            {"type": made.type, "name": made.name, "id": made.id} | ({"parent": parents[made.parent]} if made.parent else {})
            for made in found
        ],
    }


def _id(store: Store, resource: Mapping[str, Any]) -> str:
    """Return the id of a pending create's resource if it is finished on the twin, else nothing."""
    resource_type, given = RESOURCE_TYPES.get(resource["type"]), resource.get("inputs", {})
    if resource_type is None or any(name in given and _encrypted(given[name]) for name in resource_type.fixed):
        return ""  # of a secret's version only the payload tells the number: the next `up` finds it by that
    id_ = resource_type.find(store, given)
    return id_ if lifecycle.present(store, resource_type, store.get(resource_type.type, id_)) else ""


def _encrypted(value: Any) -> bool:
    return isinstance(value, Mapping) and SIGNATURE in value


def _parent(resource: Mapping[str, Any]) -> str:
    parent = str(resource.get("parent", ""))
    return "" if "::pulumi:pulumi:Stack::" in parent else parent
