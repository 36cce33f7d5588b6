"""People, as Google knows them: one person, or a group of which Google knows who is in it.

Owns their roles on the project: only what cannot be granted more narrowly. Does not own what they may do with one bucket or
dataset: that stands with the bucket or the dataset. Never a service account.
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
    """How grants name them: `group:…` or `user:…`."""

    project: str
    """Where the roles hold."""

    roles: Mapping[str, str]
    """Roles on the whole project, keyed by a name that will not change."""

    def __post_init__(self) -> None:
        if not _MEMBER.match(self.member) or self.member.endswith(".gserviceaccount.com"):
            raise ValueError(f"{self.member!r} is not a valid member: write group: or user: and an address")
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
