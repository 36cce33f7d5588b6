"""Substitutions in a build, filled as Cloud Build fills them (`groundwork.google.substitutions` says how it finds them).

Text is gone through once: a value that contains a dollar (a branch may be named so) is not filled again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from groundwork.errors import GroundworkError
from groundwork.google.substitutions import OVERRIDABLE, PLACEHOLDER, USER

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

ABSENT_ON_THE_TWIN = frozenset({"PROJECT_NUMBER"})
"""Cloud Build fills these; the twin has nothing to fill them with."""


@dataclass(kw_only=True)
class Substitutions:
    """The values of one build, and the names that it used."""

    builtin: Mapping[str, str]
    user: Mapping[str, str]
    """Names begin with an underscore, or are those of Cloud Build's own that a build may set itself."""
    allow_loose: bool
    """ALLOW_LOOSE, which Cloud Build always takes for builds that a trigger started: a missing user value is empty, no error."""
    operations: bool = False
    """Whether bash's operations on a name (`${_NAME:-x}`) are evaluated by Cloud Build, and not by the step's shell."""
    external: Mapping[str, str] = field(default_factory=dict)
    """User values with any text, also with dollars: those of an event, and those of a submission."""
    missing: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for name, value in {**self.user, **self.external}.items():
            if not USER.fullmatch(name) and name not in OVERRIDABLE:
                raise GroundworkError(
                    "substitution-name-invalid",
                    f"`{name}` is not a name of a substitution",
                    "begin it with `_`, followed by capitals, digits and `_`",
                )
            if name not in self.external and PLACEHOLDER.search(value):
                raise GroundworkError(
                    "nested-substitution-unsupported",
                    f"the value of substitution `{name}` contains a substitution; the twin does not fill values",
                    "write the value out, or put the substitution into the step",
                )

    def fill(self, text: str) -> str:
        """Return the text with every substitution filled; raises GroundworkError for one that Cloud Build does not know."""
        return PLACEHOLDER.sub(self._value, text)

    def require_all_used(self) -> None:
        """Raise GroundworkError for a user value that the build does not use, which MUST_MATCH forbids."""
        if not self.allow_loose and (unused := sorted({*self.user, *self.external} - self.used)):
            raise GroundworkError(
                "substitution-unused",
                f"nothing in the build uses the substitution {_quoted(unused)}",
                "remove it, or set `substitutionOption: ALLOW_LOOSE`",
            )

    def environment(self) -> dict[str, str]:
        """Return all values by name, as `automapSubstitutions` puts them into a step's environment."""
        return {**self.builtin, **self.user, **self.external}

    def _value(self, place: re.Match[str]) -> str:
        if place["dollar"]:
            return "$"
        name = place["bare"] or place["braced"]
        if place["operation"]:
            return self._left(place, name)
        self.used.add(name)
        values = {**self.user, **self.external}
        if USER.fullmatch(name) or name in values:
            return self._user_value(name, values)
        if name not in self.builtin:
            raise _unknown(name)
        return self.builtin[name]

    def _left(self, place: re.Match[str], name: str) -> str:
        """Leave bash's operations to the step's shell, where Cloud Build does."""
        if self.operations and (USER.fullmatch(name) or name in self.builtin):
            raise GroundworkError(
                "substitution-operation-unsupported",
                f"`{place[0]}` is an operation on a substitution, which only Google can evaluate",
                f"pass the value under a name of its own, or write `${place[0]}` for a variable of the step's shell",
            )
        return place[0]

    def _user_value(self, name: str, values: Mapping[str, str]) -> str:
        if name not in values:
            if not self.allow_loose:
                raise GroundworkError(
                    "substitution-not-found",
                    f"the build uses the substitution `{name}`, which has no value",
                    "add it to the trigger's or the build's `substitutions`",
                )
            self.missing.add(name)
        return values.get(name, "")


def _unknown(name: str) -> GroundworkError:
    if name in ABSENT_ON_THE_TWIN:
        return GroundworkError(
            "substitution-not-found", f"the twin has no value for `${name}`", "remove it, or run this build on Google"
        )
    return GroundworkError(
        "substitution-not-found",
        f"`${name}` is not a substitution of Cloud Build's",
        f"write `$${name}` for a variable of the step's own shell, and begin your own names with `_`",
    )


def _quoted(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
