"""What a rule looks at, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi


@dataclass(frozen=True, kw_only=True)
class Made:
    """One resource that the program asks for."""

    type: str
    """Pulumi type token, such as `gcp:storage/bucket:Bucket`."""

    name: str
    """Its name in the program."""

    given: Mapping[str, Any]
    """Its inputs in Python's spelling; None stands for what is not given, an Output for what is not known yet."""

    protected: bool = False
    """Whether Pulumi refuses to delete or replace it."""

    ignored: tuple[str, ...] = ()
    """Properties whose changes Pulumi is told to overlook."""

    altered: bool = False
    """Whether something changes its inputs, or the program that makes it, when no rule looks any more."""

    computed: frozenset[str] = frozenset()
    """Names of inputs that come from another resource, or from a provider: nobody has written them down."""

    numbers: frozenset[str] = frozenset()
    """Numbers of the projects whose agents Google has named to the program."""

    @property
    def address(self) -> str:
        """How findings and exceptions name it."""
        return f"{self.type}::{self.name}"

    def at(self, path: str) -> Any:
        """Return the one input at a dotted path; None for nothing, or not known. Where lists are in the way: see `every`."""
        found = self.every(path)
        return found[0] if len(found) == 1 and not isinstance(found[0], pulumi.Output) else None

    def has(self, path: str) -> bool:
        """Return whether something is given there, in every element where lists are in the way, known yet or not."""
        return None not in self.every(path)

    def every(self, path: str) -> list[Any]:
        """Return all inputs at a dotted path, one for each element of each list in the way; None for one that is not given."""
        values: list[Any] = [self.given]
        for key in path.split("."):
            values = [_step(value, key) for each in values for value in _elements(each)]
        return values

    def at_list(self, path: str) -> list[Any]:
        """Return the elements of the list at a dotted path; none where there is none, or where it is not known."""
        return [each for value in self.every(path) for each in _elements(value) if each is not None]

    def unknown(self, path: str) -> bool:
        """Return whether something there is given that is not known yet."""
        return any(isinstance(value, pulumi.Output) for value in self.every(path))

    def text(self, path: str) -> str:
        """Return it as text, "" where there is none."""
        value = self.at(path)
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, kw_only=True, order=True)
class Finding:
    """One thing that is refused."""

    code: str
    """The rule's name; an exception names it too."""

    resource: str
    reason: str
    way_out: str

    def __str__(self) -> str:
        return f"{self.code}: {self.resource}: {self.reason}; {self.way_out}"


@dataclass(frozen=True, kw_only=True)
class Demands:
    """What an environment asks of everything in it."""

    region: str
    labels: Mapping[str, str]
    protect_data: bool
    encrypted: bool
    """Whether everything that can have a key of ours must have it."""

    deployer: str
    """E-mail address of the one identity that may hold an administrator's roles."""

    deployer_roles: frozenset[str]
    """And which."""

    people: frozenset[str] = frozenset()
    """Members that the environment's file names, `group:…` and `user:…`."""

    changes: str | None = None
    """Regular expression of the branch whose merges the deployer brings up; None: it has no trigger."""

    condition: str | None = None
    """What tokens from outside have to fulfil, in full; None: none is taken."""

    data: frozenset[str] = frozenset({"raw"})
    """Datasets that no candidate may reach."""

    secrets: frozenset[str] = frozenset()
    """Secrets that candidates may read, by their names."""

    @property
    def project(self) -> str:
        """The project that everything is in: the deployer's."""
        return self.deployer.partition("@")[2].removesuffix(".iam.gserviceaccount.com")

    def account(self, name: str) -> str:
        """Return the e-mail address of an identity of the project."""
        return f"{name}@{self.project}.iam.gserviceaccount.com"


Rule = Callable[[Made, Demands], Iterator[Finding]]


def finding(code: str, made: Made, reason: str, way_out: str) -> Finding:
    """Return what is wrong with one resource."""
    return Finding(code=code, resource=made.address, reason=reason, way_out=way_out)


def _elements(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _step(value: Any, key: str) -> Any:
    if value is None or isinstance(value, pulumi.Output):
        return value
    return value.get(key) if isinstance(value, Mapping) else getattr(value, key, None)
