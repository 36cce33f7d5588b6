"""Custom roles of a project, for tasks for which Google's narrowest predefined role allows too much.

Owns the role, not its grants: those belong to the resource on which it is granted. Google reserves the name of a deleted role for
weeks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

_NAME = re.compile(r"^[A-Za-z0-9_.]{3,64}$")
_GRANTS = re.compile(r"\.setIamPolicy$|^iam\.(roles|serviceAccountKeys)\.|\.actAs$|\.getAccessToken$")


@dataclass(frozen=True, kw_only=True)
class CustomRoleArgs:
    """One role."""

    role: str
    """The role's id: 3 to 64 letters, digits, underscores and dots."""

    project: str
    """The project that owns the role."""

    title: str
    """Short description of the permitted task, which the console shows."""

    description: str
    """Purpose of the role and its limits."""

    permissions: Sequence[str]
    """All permissions, each with its full name; none by which a member could grant itself further permissions."""

    def __post_init__(self) -> None:
        if not _NAME.match(self.role):
            raise ValueError(f"{self.role!r} is not a role id: use 3 to 64 letters, digits, underscores and dots")
        if not self.permissions:
            raise ValueError("permissions is empty: list the permissions of the role")
        if too_much := [name for name in self.permissions if _GRANTS.search(name)]:
            raise ValueError(f"{too_much[0]} lets a member grant itself further permissions: remove it")


class CustomRole(pulumi.ComponentResource):
    """A custom role of the project.

    Produces `<name>` (gcp.projects.IAMCustomRole).
    """

    role: pulumi.Output[str]
    """The role's full name, `projects/…/roles/…`, for grants."""

    def __init__(self, name: str, args: CustomRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:iam:CustomRole", name, {}, opts)

        role = gcp.projects.IAMCustomRole(
            name,
            role_id=args.role,
            project=args.project,
            title=args.title,
            description=args.description,
            permissions=sorted(args.permissions),
            opts=pulumi.ResourceOptions(parent=self),
        )

        self.role = role.name
        self.register_outputs({"role": self.role})
