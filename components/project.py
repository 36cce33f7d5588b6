"""The Google project that an environment is: made here, or adopted.

Owns a project that it makes. Owns nothing of one that is there already: no resource stands for it, so that nothing which is
done to the stack can reach it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

_PARENT = re.compile(r"^(folders|organizations)/([0-9]+)$")
_BILLING = re.compile(r"^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$")


@dataclass(frozen=True, kw_only=True)
class Creation:
    """What it takes to make a project."""

    parent: str
    """`folders/<number>` or `organizations/<number>`: where its rules and rights come from."""

    billing_account: str
    """Who pays, like 0A1B2C-3D4E5F-6A7B8C."""

    def __post_init__(self) -> None:
        if not _PARENT.match(self.parent):
            raise ValueError(f"{self.parent!r} is not a place for a project: write folders/<number> or organizations/<number>")
        if not _BILLING.match(self.billing_account):
            raise ValueError(f"{self.billing_account!r} is not a billing account: they look like 0A1B2C-3D4E5F-6A7B8C")


@dataclass(frozen=True, kw_only=True)
class ProjectArgs:
    """One environment's project."""

    project: str
    """Its id, which nobody else on Google may have."""

    labels: Mapping[str, str]
    """Whose it is and what manages it; only on a project that is made here."""

    creation: Creation | None = None
    """None adopts a project that is there."""


class Project(pulumi.ComponentResource):
    """A project without the default network, and without the firewall that lets anybody wake-up there.

    `destroy` never deletes it, and neither does adopting it later: `PREVENT` makes Google's provider refuse
    (https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/google_project#deletion_policy).

    Produces `<name>` (gcp.organizations.Project) where it is made, and nothing where it is adopted.
    """

    project: pulumi.Output[str]
    """The id, once the project is there."""

    def __init__(self, name: str, args: ProjectArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:projects:Project", name, {}, opts)

        self.project = _make(name, args, args.creation, self) if args.creation else pulumi.Output.from_input(args.project)
        self.register_outputs({"project": self.project})


def _make(name: str, args: ProjectArgs, creation: Creation, parent: pulumi.Resource) -> pulumi.Output[str]:
    kind, _, number = creation.parent.partition("/")
    project = gcp.organizations.Project(
        name,
        project_id=args.project,
        name=args.project,
        folder_id=number if kind == "folders" else None,
        org_id=number if kind == "organizations" else None,
        billing_account=creation.billing_account,
        auto_create_network=False,
        deletion_policy="PREVENT",
        labels=args.labels,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return project.project_id
