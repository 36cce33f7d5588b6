"""What every component does with roles: refuse the ones that are too much, grant, and make dependants wait for the rest."""

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
    """Return a role as it is; raises ValueError for one that reaches further than any one task."""
    if not role.startswith(("roles/", "projects/", "organizations/")):
        raise ValueError(f"{role!r} is not a role; write it in full, like roles/bigquery.jobUser")
    if _TOO_MUCH.match(role):
        raise ValueError(f"{role} may do more than one task needs; grant the narrower role on the resource that it is for")
    return role


def known_after(value: pulumi.Input[T], grants: Iterable[pulumi.CustomResource]) -> pulumi.Output[T]:
    """Return a value that reaches a resource only once the grants are made.

    By their URNs, which a preview knows, and not by their ids, which it does not: with an unknown value in a property that
    cannot change, one more grant would be previewed as the replacement of every resource that waits.
    """
    return pulumi.Output.all(value, *[grant.urn for grant in grants]).apply(lambda known: known[0])


def once_made(value: pulumi.Output[T], others: Iterable[pulumi.CustomResource]) -> pulumi.Output[T]:
    """Return a value that reaches a resource only once others are made, and that does not rest on them as after `known_after`.

    What has to be deleted before it can be made again takes everything along that has a property resting on it: a table laid
    out anew would replace the grants on its dataset, then whoever waits for those, and with a person's machine its disk.
    """

    async def known() -> Any:
        await asyncio.gather(*[other.urn.future() for other in others])
        return await value.future()

    return pulumi.Output(value.resources(), known(), value.is_known(), value.is_secret())


def on_dataset(  # noqa: PLR0913  what there is to say of a grant
    name: str,
    member: pulumi.Input[str],
    role: pulumi.Input[str],
    *,
    dataset: pulumi.Input[str],
    project: str,
    opts: pulumi.ResourceOptions,
) -> gcp.bigquery.DatasetAccess:
    """Grant on a dataset by an entry of its access list, as for a view: `DatasetIamMember` removes views' entries (decision 24).

    A group has to be named in plain text: an Output is an identity's or a person's, which share one form.
    """
    given: dict[str, Any] = {"dataset_id": dataset, "project": project, "role": role, "opts": opts}
    if isinstance(member, str) and member.startswith("group:"):
        return gcp.bigquery.DatasetAccess(name, group_by_email=address(member, "group"), **given)
    return gcp.bigquery.DatasetAccess(name, user_by_email=pulumi.Output.from_input(member).apply(address), **given)


def address(member: str, *kinds: str) -> str:
    """Return an IAM member's address as Google keeps it; raises ValueError for one that is none of these kinds."""
    kind, _, at = member.partition(":")
    if kind not in (kinds or ("serviceAccount", "user")):
        raise ValueError(f"{member!r} cannot be let at a dataset: write serviceAccount:, user: or, in plain text, group:")
    return at.lower()


def within(bucket: str) -> str:
    """Return the condition that a grant on a project holds for one bucket and its objects, whoever makes it.

    https://cloud.google.com/storage/docs/access-control/iam#conditions: a listing is asked of the bucket, the rest of objects.
    """
    name = f"projects/_/buckets/{bucket}"
    return f'resource.name == "{name}" || resource.name.startsWith("{name}/objects/")'
