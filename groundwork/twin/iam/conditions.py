"""IAM conditions, as far as the twin knows them.

On buckets the one that holds for a folder's objects; on projects the one that holds for a bucket, and the one that limits which
roles can be granted (https://cloud.google.com/iam/docs/setting-limits-on-granting-roles).

From https://cloud.google.com/storage/docs/access-control/iam#conditions and https://cloud.google.com/iam/docs/conditions-
overview: an object's `resource.name` is `projects/_/buckets/B/objects/NAME`, a listing's that of the bucket, so that no
condition on an object's name ever allows a listing; neither legacy roles nor the public can be granted anything under a
condition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from groundwork.twin.core.resource_type import Properties, known, last

_FOLDER = re.compile(
    r"""resource\.name\.startsWith\("(projects/_/buckets/([a-z0-9_-]+)/objects/[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*/)"\)"""
)
_NAME = r'"projects/_/(buckets/[a-z0-9_-]+)'
_BUCKET = re.compile(rf'resource\.name == {_NAME}" \|\| resource\.name\.startsWith\({_NAME}/objects/"\)')
_ROLE = r"'(?:roles|projects|organizations)/[A-Za-z0-9_./-]+'"
_GRANTS = re.compile(
    rf"api\.getAttribute\('iam\.googleapis\.com/modifiedGrantsByRole', \[\]\)\.hasOnly\(\[{_ROLE}(?:, {_ROLE})*\]\)"
)
_PRIMITIVE = {"roles/editor", "roles/owner", "roles/viewer"}
_PARTS = {"title", "expression", "description"}


def folder_of(expression: str) -> str:
    """Return the folder that a condition is about, as the start of its objects' full names."""
    match = _FOLDER.fullmatch(expression)
    if match is None:
        raise ValueError(f"no condition that the twin knows was recorded: {expression}")
    return match[1]


def condition_faults(inputs: Properties) -> Iterator[str]:
    """Yield why a bucket's grant cannot have this condition."""
    condition = inputs["condition"]
    if not isinstance(condition, Mapping):
        return
    yield from _form_faults(condition)
    if condition.get("title") and condition.get("expression") and known(condition["expression"]):
        yield from _expression_faults(condition["expression"], inputs["bucket"])
    if str(inputs["role"]).startswith("roles/storage.legacy"):
        yield f"{inputs['role']} cannot be granted under a condition"
    if inputs["member"] in {"allUsers", "allAuthenticatedUsers"}:
        yield f"{inputs['member']} cannot be granted anything under a condition"


def holds_on_project(condition: Properties | None, resource: str) -> bool:
    """Return whether a project's grant reaches a resource: one for a bucket reaches nothing else, one for granting everything."""
    bucket = _BUCKET.fullmatch(condition["expression"]) if condition else None
    return bucket is None or resource == bucket[1] or resource.startswith(f"{bucket[1]}/")


def project_condition_faults(inputs: Properties) -> Iterator[str]:
    """Yield why a project's grant cannot have this condition."""
    condition = inputs["condition"]
    if not isinstance(condition, Mapping):
        return
    yield from _form_faults(condition)
    expression = condition.get("expression")
    if expression and known(expression):
        bucket = _BUCKET.fullmatch(expression)
        if bucket is None and not _GRANTS.fullmatch(expression):
            yield f"the twin does not know the condition `{expression}`; it knows one for a bucket, and one for roles to grant"
        elif bucket and bucket[1] != bucket[2]:
            yield f"the condition names {bucket[1]} and {bucket[2]}; name one bucket"
    if str(inputs["role"]) in _PRIMITIVE:
        yield f"{inputs['role']} cannot be granted under a condition"


def _form_faults(condition: Properties) -> Iterator[str]:
    if strangers := sorted(set(condition) - _PARTS):
        yield f"the twin does not know {', '.join(strangers)} of a condition"
    if not condition.get("title") or not condition.get("expression"):
        yield "a condition has a title and an expression"


def _expression_faults(expression: str, bucket: str) -> Iterator[str]:
    match = _FOLDER.fullmatch(expression)
    if match is None:
        form = f'resource.name.startsWith("projects/_/buckets/{bucket if known(bucket) else "B"}/objects/FOLDER/")'
        yield f"the twin does not know the condition `{expression}`; it knows `{form}`"
    elif known(bucket) and match[2] != last(bucket):
        yield f"the condition names bucket {match[2]}, and never holds on {bucket}"
