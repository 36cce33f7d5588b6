"""The types of policy rules: the resource to check, the requirements, and violations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource of the program."""

    type: str
    """Pulumi type token, such as `gcp:storage/bucket:Bucket`."""

    name: str
    """Its name in the program."""

    inputs: Mapping[str, Any]
    """Its inputs in Python's spelling; None for an input that is not set, an Output for one that is not known yet."""

    protected: bool = False
    """Whether Pulumi refuses to delete or replace it."""

    ignored: tuple[str, ...] = ()
    """Properties in `ignore_changes`."""

    altered: bool = False
    """Whether its options change its inputs, or its provider, after the rules have checked it."""

    computed: frozenset[str] = frozenset()
    """Names of inputs that come from another resource or a provider, and not from the program's text."""

    numbers: frozenset[str] = frozenset()
    """Numbers of the projects that own the service agents which Google has named to the program."""

    @property
    def address(self) -> str:
        """Its name in violations and exceptions."""
        return f"{self.type}::{self.name}"

    def at(self, path: str) -> Any:
        """Return the one input at a dotted path; None if it is not set or not known. For paths through lists use `every`."""
        values = self.every(path)
        return values[0] if len(values) == 1 and not isinstance(values[0], pulumi.Output) else None

    def has(self, path: str) -> bool:
        """Return whether the input is set, in every element of the lists on the path, known yet or not."""
        return None not in self.every(path)

    def every(self, path: str) -> list[Any]:
        """Return all inputs at a dotted path, one for each element of the lists on it; None for one that is not set."""
        values: list[Any] = [self.inputs]
        for key in path.split("."):
            values = [_step(element, key) for value in values for element in _elements(value)]
        return values

    def at_list(self, path: str) -> list[Any]:
        """Return the elements of the list at a dotted path; empty where it is not set or not known."""
        return [element for value in self.every(path) for element in _elements(value) if element is not None]

    def unknown(self, path: str) -> bool:
        """Return whether an input there is not known yet."""
        return any(isinstance(value, pulumi.Output) for value in self.every(path))

    def text(self, path: str) -> str:
        """Return the input as text, "" for any other type."""
        value = self.at(path)
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, kw_only=True, order=True)
class Violation:
    """One violation of a rule."""

    code: str
    """The code of the rule; exceptions name it too."""

    resource: str
    reason: str
    way_out: str

    def __str__(self) -> str:
        return f"{self.code}: {self.resource}: {self.reason}; {self.way_out}"


@dataclass(frozen=True, kw_only=True)
class Requirements:
    """The requirements of an environment for its resources."""

    region: str
    labels: Mapping[str, str]
    protect_data: bool
    encrypted: bool
    """Whether resources must use the client's key where they can."""

    deployer: str
    """E-mail address of the one identity that may hold administrator roles."""

    deployer_roles: frozenset[str]
    """The roles that it may hold on the project."""

    people: frozenset[str] = frozenset()
    """Members in the environment file, `group:…` and `user:…`."""

    changes: str | None = None
    """Regular expression of the branch that the deployer's trigger builds; None: it has no trigger."""

    condition: str | None = None
    """The full condition for tokens from outside Google Cloud; None: none is accepted."""

    data: frozenset[str] = frozenset({"raw"})
    """Datasets that candidates must not reach."""

    secrets: frozenset[str] = frozenset()
    """Names of the secrets that candidates may read."""

    @property
    def project(self) -> str:
        """The environment's project: the deployer's."""
        return self.deployer.partition("@")[2].removesuffix(".iam.gserviceaccount.com")

    def account(self, name: str) -> str:
        """Return the e-mail address of an identity of the project."""
        return f"{name}@{self.project}.iam.gserviceaccount.com"


Rule = Callable[[Resource, Requirements], Iterator[Violation]]


def violation(code: str, resource: Resource, reason: str, way_out: str) -> Violation:
    """Return a violation by one resource."""
    return Violation(code=code, resource=resource.address, reason=reason, way_out=way_out)


def _elements(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _step(value: Any, key: str) -> Any:
    if value is None or isinstance(value, pulumi.Output):
        return value
    return value.get(key) if isinstance(value, Mapping) else getattr(value, key, None)
