"""Substitutions in the text of a build: how Cloud Build finds them, and which names it gives values to.

https://cloud.google.com/build/docs/configuring-builds/substitute-variable-values, and Google's own local builder
(GoogleCloudPlatform/cloud-build-local, `subst/subst.go`): `$NAME` and `${NAME}` in capitals, `$$` for a dollar. Every other
dollar stays as it is and is the shell's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

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


def asked(text: str, *, operations: bool) -> Iterator[str]:
    """Yield the names that have to have a value for this text; `operations` says whether bash's are Cloud Build's to do."""
    for place in PLACE.finditer(text):
        name, operation = place["bare"] or place["braced"], place["operation"] or ""
        if name and (not operation or (operations and not operation.startswith(_WITH_DEFAULT))):
            yield name


def mentioned(text: str) -> Iterator[str]:
    """Yield every name that a value would change this text by."""
    yield from (name for place in PLACE.finditer(text) if (name := place["bare"] or place["braced"]))
