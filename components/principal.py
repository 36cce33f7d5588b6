"""People: one person, or a group with members that Google manages.

Owns their roles on the project: only roles that cannot be granted on a single resource. Does not own their grants on buckets and
datasets: those belong to the bucket or dataset. It is not for service accounts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from components.grants import least

_MEMBER = re.compile(r"^(group|user):[^@\s]+@[^@\s]+$")


@dataclass(frozen=True, kw_only=True)
class PrincipalArgs:
    """One person or group, and their roles."""

    member: str
    """The IAM member: `group:…` or `user:…`."""

    project: str
    """The project of the roles."""

    roles: Mapping[str, str]
    """Roles on the whole project, keyed by a stable name."""

    def __post_init__(self) -> None:
        if not _MEMBER.match(self.member) or self.member.endswith(".gserviceaccount.com"):
            raise ValueError(f"{self.member!r} is not a valid member: use group:<address> or user:<address>")
        for role in self.roles.values():
            least(role)


class Principal(pulumi.ComponentResource):
    """One person's or group's roles on the project.

    Produces `<name>-<key>` (gcp.projects.IAMMember) per role.
    """

    def __init__(self, name: str, args: PrincipalArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:iam:Principal", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        for key, role in args.roles.items():
            gcp.projects.IAMMember(f"{name}-{key}", project=args.project, role=role, member=args.member, opts=child)

        self.register_outputs({})
