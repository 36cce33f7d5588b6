"""Roles of a project's own, for tasks of which Google's narrowest predefined role allows more.

Owns the role, not who gets it: that stands with what it is granted on. Deleted, it lingers for weeks under its name.
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
    """Its id: 3 to 64 letters, digits, underscores and dots, as Google asks."""

    project: str
    """The project that it is a role of."""

    title: str
    """What one may with it, as people see it in the console."""

    description: str
    """What it is for, and what it leaves out."""

    permissions: Sequence[str]
    """All that it allows, each in full; none by which whoever has it could give itself more."""

    def __post_init__(self) -> None:
        if not _NAME.match(self.role):
            raise ValueError(f"{self.role!r} is not a role's id: 3 to 64 letters, digits, underscores and dots")
        if not self.permissions:
            raise ValueError("permissions is empty: list the permissions of the role")
        if too_much := [name for name in self.permissions if _GRANTS.search(name)]:
            raise ValueError(f"{too_much[0]} lets a member grant itself further permissions: leave it out")


class CustomRole(pulumi.ComponentResource):
    """A role of the project's own.

    Produces `<name>` (gcp.projects.IAMCustomRole).
    """

    role: pulumi.Output[str]
    """Its full name, `projects/…/roles/…`, by which it is granted."""

    def __init__(self, name: str, args: CustomRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:iam:CustomRole", name, {}, opts)

        made = gcp.projects.IAMCustomRole(
            name,
            role_id=args.role,
            project=args.project,
            title=args.title,
            description=args.description,
            permissions=sorted(args.permissions),
            opts=pulumi.ResourceOptions(parent=self),
        )

        self.role = made.name
        self.register_outputs({"role": self.role})
