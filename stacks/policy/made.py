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

    @property
    def address(self) -> str:
        """How findings and exceptions name it."""
        return f"{self.type}::{self.name}"

    def at(self, path: str) -> Any:
        """Return the input at a dotted path, of the first element where a list is in the way; None for nothing, or not known."""
        value = self._walk(path)
        return None if isinstance(value, pulumi.Output) else value

    def has(self, path: str) -> bool:
        """Return whether something is given there, known yet or not."""
        return self._walk(path) is not None

    def _walk(self, path: str) -> Any:
        value: Any = self.given
        for key in path.split("."):
            if isinstance(value, pulumi.Output):
                break
            value = value[0] if isinstance(value, list) and value else value
            value = value.get(key) if isinstance(value, Mapping) else getattr(value, key, None)
        return value

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


Rule = Callable[[Made, Demands], Iterator[Finding]]


def finding(code: str, made: Made, reason: str, way_out: str) -> Finding:
    """Return what is wrong with one resource."""
    return Finding(code=code, resource=made.address, reason=reason, way_out=way_out)
