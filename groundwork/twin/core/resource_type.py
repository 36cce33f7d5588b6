"""What a resource type is on the twin: Google's rules as class attributes, its effects as a few small methods."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from groundwork.google.name_rules import NAME_RULES
from groundwork.twin.core.store import Place, Store

Properties = Mapping[str, Any]

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What stands for a value that is not known at preview (pulumi.runtime.rpc.UNKNOWN, without loading the SDK)."""

NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Fault:
    """What is wrong with one property, told at preview."""

    property: str
    reason: str


class ResourceType:
    """One resource type. Subclasses state what Google does; the interfaces do the rest.

    The twin accepts the properties that a class names (`required`, `optional`, and those with a default) and refuses every
    other by its name: what it does not know, it does not pretend to have done.
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
    """The services whose agents in the project have to be allowed to use that key."""

    adopts: ClassVar[bool] = False
    """Whether creating what is there already succeeds, as for enabled services and grants, which Google only sets."""

    permissions: ClassVar[Mapping[str, str]] = {}
    """What a program needs to `create`, `read`, `update` or `delete` one; what is not here, people alone do on the twin."""

    owner: ClassVar[str] = ""
    """The role on it that Google gives to whoever makes one; empty where it gives none."""

    def id(self, given: Properties) -> str:
        """Return the identifier that Google gives the resource; it must follow from the inputs."""
        raise NotImplementedError

    def find(self, store: Store, given: Properties) -> str:
        """Return the identifier where what is on record decides it; else it is `id`."""
        _ = store
        return self.id(given)

    def outputs(self, given: Properties) -> Properties:
        """Return what Google computes from the inputs that cannot change."""
        _ = given
        return {}

    def named(self, id_: str) -> Properties:
        """Return what Google computes from an identifier that `find` decided."""
        _ = id_
        return {}

    def asked_on(self, given: Properties, doing: str) -> str:
        """Return on what the permission is asked, as `policy` names it: one that is not there yet is made in its project."""
        return f"projects/{given['project']}" if doing == "create" else self.id(given)

    def faults(self, given: Properties) -> Iterator[Fault]:
        """Yield what Google would refuse whatever else exists; values that are not known yet are no fault."""
        _ = given
        yield from ()

    def check(self, store: Store, given: Properties) -> None:
        """Raise Refused where Google would refuse this for what else exists, or does not."""

    def apply(self, store: Store, given: Properties) -> None:
        """Make it so. A second time changes nothing: a create may have been killed half-way."""

    def change(self, store: Store, old: Properties, given: Properties) -> None:
        """Make what is there already as given."""
        _ = old
        self.check(store, given)
        self.apply(store, given)

    def replaced(self, old: Properties, given: Properties) -> frozenset[str]:
        """Return the properties, beside immutable ones, that Google cannot change from the one value to the other."""
        _ = old, given
        return NONE

    def remove(self, store: Store, given: Properties) -> None:
        """Roll back it; raise Refused where Google would. An absence is not an error."""

    def survives(self, given: Properties) -> bool:
        """Return whether Google keeps this when Pulumi deletes it."""
        _ = given
        return False

    def exists(self, store: Store, given: Properties) -> bool:
        """Return whether what `apply` made is still there, so that refresh sees what happened behind Pulumi's back."""
        _ = store, given
        return True

    @property
    def patterns(self) -> Mapping[str, re.Pattern[str]]:
        """What the whole text of a property must match: Google's rules, and what the twin supports."""
        return {**NAME_RULES.get(self.type, {}), **self.supported}

    @property
    def names(self) -> frozenset[str]:
        """The properties that the twin accepts."""
        return self.required | self.optional | frozenset(self.defaults) | {"project"}

    @property
    def fixed(self) -> frozenset[str]:
        """The properties whose change means a replacement."""
        return self.immutable | {"project"}

    def secret_places(self, marked: frozenset[Place]) -> frozenset[Place]:
        """Return every place that holds a secret: what arrived marked as one, and what always is."""
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


def dig(given: Any, path: str) -> Any:
    """Return the value at a dotted path, of the first element where a list is in the way.

    None where there is nothing, UNKNOWN below what is not known yet.
    """
    for name in path.split("."):
        if given == UNKNOWN:
            return UNKNOWN
        given = given[0] if isinstance(given, list) and given else given
        given = given.get(name) if isinstance(given, Mapping) else None
    return given


def last(name: str) -> str:
    """Return the short form of a resource's name: Google takes both forms in most places."""
    return name.rsplit("/", 1)[-1]
