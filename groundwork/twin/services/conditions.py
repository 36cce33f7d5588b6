"""IAM conditions, as far as the twin knows them: one form of them, on buckets, which holds for a folder's objects.

From https://cloud.google.com/storage/docs/access-control/iam#conditions and https://cloud.google.com/iam/docs/conditions-overview:
an object's `resource.name` is `projects/_/buckets/B/objects/NAME`, a listing's that of the bucket, so that no condition on an
object's name ever allows a listing; neither legacy roles nor everybody can be granted anything under a condition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from groundwork.twin.services.kind import Properties, known, last

_FOLDER = re.compile(
    r"""resource\.name\.startsWith\("(projects/_/buckets/([a-z0-9_-]+)/objects/[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*/)"\)"""
)
_PARTS = {"title", "expression", "description"}


def folder_of(expression: str) -> str:
    """Return the folder that a condition is about, as the start of its objects' full names."""
    match = _FOLDER.fullmatch(expression)
    if match is None:
        raise ValueError(f"no condition that the twin knows was recorded: {expression}")
    return match[1]


def condition_faults(given: Properties) -> Iterator[str]:
    """Yield why a bucket's grant cannot have this condition."""
    condition = given["condition"]
    if not isinstance(condition, Mapping):
        return
    if strangers := sorted(set(condition) - _PARTS):
        yield f"the twin does not know {', '.join(strangers)} of a condition"
    if not condition.get("title") or not condition.get("expression"):
        yield "a condition has a title and an expression"
    elif known(condition["expression"]):
        yield from _expression_faults(condition["expression"], given["bucket"])
    if str(given["role"]).startswith("roles/storage.legacy"):
        yield f"{given['role']} cannot be granted under a condition"
    if given["member"] in {"allUsers", "allAuthenticatedUsers"}:
        yield f"{given['member']} cannot be granted anything under a condition"


def _expression_faults(expression: str, bucket: str) -> Iterator[str]:
    match = _FOLDER.fullmatch(expression)
    if match is None:
        form = f'resource.name.startsWith("projects/_/buckets/{bucket if known(bucket) else "B"}/objects/FOLDER/")'
        yield f"the twin does not know the condition `{expression}`; it knows `{form}`"
    elif known(bucket) and match[2] != last(bucket):
        yield f"the condition names bucket {match[2]}, and never holds on {bucket}"
