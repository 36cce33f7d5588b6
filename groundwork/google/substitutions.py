"""Substitutions in the text of a build: find them as Cloud Build does, and fill in values before Cloud Build reads the text.

https://cloud.google.com/build/docs/configuring-builds/substitute-variable-values, and Google's own local builder
(GoogleCloudPlatform/cloud-build-local, `subst/subst.go`): `$NAME` and `${NAME}` in capitals, `$$` for a dollar. Every other
dollar stays as it is, for the shell.

Callers of a build can set its substitutions. A value that no caller may change is therefore filled in by the program when it
writes the trigger, or by the factory when it submits a build. Every dollar of such a value is doubled, because Cloud
Build reads the text afterwards and replaces two dollars by one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

PLACEHOLDER = re.compile(
    r"\$(?:(?P<dollar>\$)|(?P<bare>[A-Z_][A-Z0-9_]*)"
    r"|\{(?P<braced>[A-Z_][A-Z0-9_]*)(?P<operation>[^A-Za-z0-9_}][^}]*)?\})"
)
"""A placeholder. One with an `operation` of bash (`${_NAME:-x}`) is replaced in builds that a trigger starts, and in builds with
`dynamicSubstitutions`; otherwise it is not changed."""

USER = re.compile(r"_[A-Z0-9_]+")
"""Names of user-defined substitutions."""

OVERRIDABLE = frozenset({"BRANCH_NAME", "COMMIT_SHA", "REPO_NAME", "REVISION_ID", "SHORT_SHA", "TAG_NAME"})
"""Cloud Build's own names that a build may set itself."""

BUILT_IN = OVERRIDABLE | {
    *("BUILD_ID", "LOCATION", "PROJECT_ID", "PROJECT_NUMBER", "REF_NAME", "REPO_FULL_NAME", "SERVICE_ACCOUNT"),
    *("SERVICE_ACCOUNT_EMAIL", "TRIGGER_BUILD_CONFIG_PATH", "TRIGGER_NAME"),
}

_WITH_DEFAULT = (":-", "-", ":=", "=", ":+", "+")
"""Operations that provide a value for a name without one."""


def required_names(text: str, *, operations: bool) -> Iterator[str]:
    """Yield the names that need a value for this text; `operations`: whether Cloud Build applies operations of bash."""
    for placeholder in PLACEHOLDER.finditer(text):
        name, operation = _name(placeholder), placeholder["operation"] or ""
        if name and (not operation or (operations and not operation.startswith(_WITH_DEFAULT))):
            yield name


def names_in(text: str) -> Iterator[str]:
    """Yield every name with a value that would change this text."""
    for placeholder in PLACEHOLDER.finditer(text):
        if name := _name(placeholder):
            yield name
            yield from names_in(placeholder["operation"] or "")


def user_names(build: Any) -> frozenset[str]:
    """Return the user-defined names in a build, or in a part of it, such as `_TARGET`."""
    return frozenset(name for text in _texts(build) for name in names_in(text) if USER.fullmatch(name))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return a text with these values filled in, and all other names unchanged."""
    return PLACEHOLDER.sub(lambda placeholder: _value(placeholder, values), text)


def map_texts(build: Any, change: Callable[[str], Any]) -> Any:
    """Return a build, or a part of it, with every text in it changed."""
    if isinstance(build, str):
        return change(build)
    if isinstance(build, Mapping):
        return {key: map_texts(part, change) for key, part in build.items()}
    return [map_texts(part, change) for part in build] if isinstance(build, (list, tuple)) else build


def require_whole(build: Any, names: Iterable[str]) -> None:
    """Raise ValueError for a name that a build does not contain, or of which it uses only a part, as only a shell can."""
    emptied = map_texts(build, lambda text: fill(text, dict.fromkeys(names, "")))
    if strange := sorted((set(names) - user_names(build)) | (set(names) & user_names(emptied))):
        raise ValueError(f"the build does not contain {', '.join(strange)} as a whole, like ${{{strange[0]}}}: leave it out")


def _name(placeholder: re.Match[str]) -> str:
    return placeholder["bare"] or placeholder["braced"] or ""


def _value(placeholder: re.Match[str], values: Mapping[str, str]) -> str:
    name = _name(placeholder)
    return values[name].replace("$", "$$") if name in values and not placeholder["operation"] else placeholder[0]


def _texts(build: Any) -> Iterator[str]:
    if isinstance(build, str):
        yield build
    elif isinstance(build, Mapping):
        for part in build.values():
            yield from _texts(part)
    elif isinstance(build, Sequence):
        for part in build:
            yield from _texts(part)
