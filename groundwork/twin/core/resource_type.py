"""A resource type on the twin: Google's rules as class attributes, its effects as a few small methods."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from groundwork.google.name_rules import NAME_RULES
from groundwork.twin.core.store import PropertyPath, Store

Properties = Mapping[str, Any]

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""The value that stands for an unknown one at preview (pulumi.runtime.rpc.UNKNOWN, without loading the SDK)."""

NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Fault:
    """An error in one property, shown at preview."""

    property: str
    reason: str


class ResourceType:
    """One resource type. Subclasses state Google's rules; the interfaces do the rest.

    The twin accepts the properties that a class names (`required`, `optional`, and those with a default) and refuses every
    other by its name: it never ignores a property.
    """

    type: ClassVar[str]
    """Pulumi type token, such as `gcp:storage/bucket:Bucket`."""

    api: ClassVar[str]
    """The service that must be enabled in the project before this can be made; empty where there is none."""

    required: ClassVar[frozenset[str]] = NONE
    optional: ClassVar[frozenset[str]] = NONE
    """Other properties that are accepted: those with an effect on the twin, and those that Google only keeps."""

    immutable: ClassVar[frozenset[str]] = NONE
    """Properties that Google cannot change in place (`project` always is one); a nested one is written with dots."""

    defaults: ClassVar[Properties] = {}
    """Values that Google fills in when the program says nothing."""

    supported: ClassVar[Mapping[str, re.Pattern[str]]] = {}
    """The values of a property that the twin supports, where Google accepts more."""

    secret: ClassVar[frozenset[str]] = NONE
    """Properties that are secret whether the program says so or not."""

    encrypted_by: ClassVar[str] = ""
    """The property, written with dots, that names the Cloud KMS key that it is encrypted with; empty where it takes none."""

    key_agents: ClassVar[tuple[str, ...]] = ()
    """The services with agents, in the project, that have to be allowed to use that key."""

    adopts: ClassVar[bool] = False
    """Whether creating an existing one succeeds, as for enabled services and grants, which Google only sets."""

    permissions: ClassVar[Mapping[str, str]] = {}
    """The permissions that a program needs to `create`, `read`, `update` or `delete` one; without them only people can do it."""

    owner: ClassVar[str] = ""
    """The role on it that Google gives to its creator; empty where it gives none."""

    def id(self, inputs: Properties) -> str:
        """Return the identifier that Google gives the resource; it must follow from the inputs."""
        raise NotImplementedError

    def find(self, store: Store, inputs: Properties) -> str:
        """Return the identifier where existing records decide it; else it is `id`."""
        _ = store
        return self.id(inputs)

    def outputs(self, inputs: Properties) -> Properties:
        """Return the outputs that Google computes from the fixed inputs."""
        _ = inputs
        return {}

    def named(self, id_: str) -> Properties:
        """Return the outputs that Google computes from an identifier that `find` decided."""
        _ = id_
        return {}

    def asked_on(self, inputs: Properties, doing: str) -> str:
        """Return the resource that the permission is checked on: a new one is made in its project."""
        return f"projects/{inputs['project']}" if doing == "create" else self.id(inputs)

    def faults(self, inputs: Properties) -> Iterator[Fault]:
        """Yield errors that Google would find without looking at other resources; unknown values are not an error."""
        _ = inputs
        yield from ()

    def check(self, store: Store, inputs: Properties) -> None:
        """Raise Refused where Google would refuse this because another resource exists, or does not."""

    def apply(self, store: Store, inputs: Properties) -> None:
        """Create the effect of the resource. A second call changes nothing: a create may have been killed half-way."""

    def change(self, store: Store, old: Properties, inputs: Properties) -> None:
        """Change the existing resource to these inputs."""
        _ = old
        self.check(store, inputs)
        self.apply(store, inputs)

    def replaced(self, old: Properties, inputs: Properties) -> frozenset[str]:
        """Return the properties, beside immutable ones, that Google cannot change from the one value to the other."""
        _ = old, inputs
        return NONE

    def remove(self, store: Store, inputs: Properties) -> None:
        """Remove the resource; raise Refused where Google would. An absence is not an error."""

    def survives(self, inputs: Properties) -> bool:
        """Return whether Google keeps this when Pulumi deletes it."""
        _ = inputs
        return False

    def exists(self, store: Store, inputs: Properties) -> bool:
        """Return whether the effect of `apply` is still there, so that refresh sees changes outside of Pulumi."""
        _ = store, inputs
        return True

    @property
    def patterns(self) -> Mapping[str, re.Pattern[str]]:
        """Patterns that the whole text of a property must match: Google's rules, and the twin's limits."""
        return {**NAME_RULES.get(self.type, {}), **self.supported}

    @property
    def names(self) -> frozenset[str]:
        """The properties that the twin accepts."""
        return self.required | self.optional | frozenset(self.defaults) | {"project"}

    @property
    def fixed(self) -> frozenset[str]:
        """The properties that cannot change without a replacement."""
        return self.immutable | {"project"}

    def secret_paths(self, marked: frozenset[PropertyPath]) -> frozenset[PropertyPath]:
        """Return every path that holds a secret: those that arrived marked, and those that always are."""
        return marked | {(name,) for name in self.secret}


def known(value: Any) -> bool:
    """Return whether nothing in the value is still unknown."""
    match value:
        case Mapping():
            return all(known(inner) for inner in value.values())
        case list():
            return all(known(inner) for inner in value)
        case _:
            return bool(value != UNKNOWN)


def dig(value: Any, path: str) -> Any:
    """Return the value at a dotted path, of the first element where a list is in the way.

    None where there is nothing, UNKNOWN below an unknown value.
    """
    for name in path.split("."):
        if value == UNKNOWN:
            return UNKNOWN
        value = value[0] if isinstance(value, list) and value else value
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def last(name: str) -> str:
    """Return the short form of a resource's name: Google takes both forms in most places."""
    return name.rsplit("/", 1)[-1]
