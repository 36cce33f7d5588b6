"""Functions for grants: refuse roles that allow too much, grant on datasets, and make dependent resources wait for grants."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from typing import Any, TypeVar

import pulumi
import pulumi_gcp as gcp

T = TypeVar("T")

_TOO_MUCH = re.compile(r"^roles/(owner|editor|viewer|browser|.*[aA]dmin)$")


def least(role: str) -> str:
    """Return the role unchanged; raises ValueError for a role that allows more than one task."""
    if not role.startswith(("roles/", "projects/", "organizations/")):
        raise ValueError(f"{role!r} is not a role: write its full name, like roles/bigquery.jobUser")
    if _TOO_MUCH.match(role):
        raise ValueError(f"{role} allows more than one task needs: grant a narrower role, on one resource")
    return role


def known_after(value: pulumi.Input[T], grants: Iterable[pulumi.CustomResource]) -> pulumi.Output[T]:
    """Return a value that is known after the grants exist, so that resources that use it wait for them.

    It depends on the grants' URNs, which a preview knows, and not on their ids. With an unknown value in a property that cannot
    change, the preview of one more grant would show the replacement of every resource that waits.
    """
    return pulumi.Output.all(value, *[grant.urn for grant in grants]).apply(lambda values: values[0])


def once_made(value: pulumi.Output[T], others: Iterable[pulumi.CustomResource]) -> pulumi.Output[T]:
    """Return a value that is known after other resources exist, without a dependency on them as in `known_after`.

    Pulumi replaces a resource that it must delete first together with all resources with a property that depends on it. A table
    with a new layout would replace the grants on its dataset, then all resources that wait for these grants, among them a
    person's Workbench instance with its disk.
    """

    async def result() -> Any:
        await asyncio.gather(*[other.urn.future() for other in others])
        return await value.future()

    return pulumi.Output(value.resources(), result(), value.is_known(), value.is_secret())


def on_dataset(  # noqa: PLR0913  the parts of a grant
    name: str,
    member: pulumi.Input[str],
    role: pulumi.Input[str],
    *,
    dataset: pulumi.Input[str],
    project: str,
    opts: pulumi.ResourceOptions,
) -> gcp.bigquery.DatasetAccess:
    """Grant on a dataset by an entry of its access list, as for a view: `DatasetIamMember` removes views' entries (decision 24).

    A group must be plain text: an Output is taken for an identity or a person, which have the same form in the access list.
    """
    entry: dict[str, Any] = {"dataset_id": dataset, "project": project, "role": role, "opts": opts}
    if isinstance(member, str) and member.startswith("group:"):
        return gcp.bigquery.DatasetAccess(name, group_by_email=address(member, "group"), **entry)
    return gcp.bigquery.DatasetAccess(name, user_by_email=pulumi.Output.from_input(member).apply(address), **entry)


def address(member: str, *kinds: str) -> str:
    """Return an IAM member's address in Google's spelling; raises ValueError for a member of another kind."""
    kind, _, at = member.partition(":")
    if kind not in (kinds or ("serviceAccount", "user")):
        raise ValueError(f"{member!r} cannot get access to a dataset: use serviceAccount:, user: or, in plain text, group:")
    return at.lower()


def within(bucket: str) -> str:
    """Return the condition that limits a grant on a project to one bucket and its objects.

    https://cloud.google.com/storage/docs/access-control/iam#conditions: the resource of a listing is the bucket, the resource of
    every other request is an object.
    """
    name = f"projects/_/buckets/{bucket}"
    return f'resource.name == "{name}" || resource.name.startsWith("{name}/objects/")'
