"""Substitutions in the text of a build: how Cloud Build finds them, and how values are filled in before it sees the text.

https://cloud.google.com/build/docs/configuring-builds/substitute-variable-values, and Google's own local builder
(GoogleCloudPlatform/cloud-build-local, `subst/subst.go`): `$NAME` and `${NAME}` in capitals, `$$` for a dollar. Every other
dollar stays as it is, for the shell.

Callers of a build can set its substitutions. A value that no caller may change is therefore filled in by the program when it
writes the trigger, or by the factory when it submits a build. Every dollar of such a value is doubled: Cloud Build goes through
the text once more and makes one of two.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

PLACE = re.compile(
    r"\$(?:(?P<dollar>\$)|(?P<bare>[A-Z_][A-Z0-9_]*)"
    r"|\{(?P<braced>[A-Z_][A-Z0-9_]*)(?P<operation>[^A-Za-z0-9_}][^}]*)?\})"
)
"""A place that may be filled. One with an `operation` of bash's (`${_NAME:-x}`) is filled in builds that a trigger starts, and in
those with `dynamicSubstitutions`; elsewhere it stays as it is."""

USER = re.compile(r"_[A-Z0-9_]+")
"""Names that a person gives."""

OVERRIDABLE = frozenset({"BRANCH_NAME", "COMMIT_SHA", "REPO_NAME", "REVISION_ID", "SHORT_SHA", "TAG_NAME"})
"""Cloud Build's own names that a build may set itself."""

BUILT_IN = OVERRIDABLE | {
    *("BUILD_ID", "LOCATION", "PROJECT_ID", "PROJECT_NUMBER", "REF_NAME", "REPO_FULL_NAME", "SERVICE_ACCOUNT"),
    *("SERVICE_ACCOUNT_EMAIL", "TRIGGER_BUILD_CONFIG_PATH", "TRIGGER_NAME"),
}

_WITH_DEFAULT = (":-", "-", ":=", "=", ":+", "+")
"""Operations that give a value where the name has none."""


def required_names(text: str, *, operations: bool) -> Iterator[str]:
    """Yield the names that need a value for this text; `operations` says whether Cloud Build performs those of bash."""
    for place in PLACE.finditer(text):
        name, operation = _name(place), place["operation"] or ""
        if name and (not operation or (operations and not operation.startswith(_WITH_DEFAULT))):
            yield name


def names_in(text: str) -> Iterator[str]:
    """Yield every name with a value that would change this text."""
    for place in PLACE.finditer(text):
        if name := _name(place):
            yield name
            yield from names_in(place["operation"] or "")


def user_names(build: Any) -> frozenset[str]:
    """Return the person's names in a build, or in a part of it: `_TARGET` and the like."""
    return frozenset(name for text in _texts(build) for name in names_in(text) if USER.fullmatch(name))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return a text with these values filled in, and all other names as they are."""
    return PLACE.sub(lambda place: _value(place, values), text)


def map_texts(build: Any, change: Callable[[str], Any]) -> Any:
    """Return a build, or a part of it, with every text in it changed."""
    if isinstance(build, str):
        return change(build)
    if isinstance(build, Mapping):
        return {key: map_texts(part, change) for key, part in build.items()}
    return [map_texts(part, change) for part in build] if isinstance(build, (list, tuple)) else build


def require_whole(build: Any, names: Iterable[str]) -> None:
    """Raise ValueError for a name that a build does not contain, or that it takes a part of, which only a shell can do."""
    emptied = map_texts(build, lambda text: fill(text, dict.fromkeys(names, "")))
    if strange := sorted((set(names) - user_names(build)) | (set(names) & user_names(emptied))):
        raise ValueError(f"the build does not contain {', '.join(strange)} as a whole, like ${{{strange[0]}}}: leave it out")


def _name(place: re.Match[str]) -> str:
    return place["bare"] or place["braced"] or ""


def _value(place: re.Match[str], values: Mapping[str, str]) -> str:
    name = _name(place)
    return values[name].replace("$", "$$") if name in values and not place["operation"] else place[0]


def _texts(build: Any) -> Iterator[str]:
    if isinstance(build, str):
        yield build
    elif isinstance(build, Mapping):
        for part in build.values():
            yield from _texts(part)
    elif isinstance(build, Sequence):
        for part in build:
            yield from _texts(part)
