"""The Google project of an environment: created by the program, or adopted.

Owns a project that it creates. Owns nothing of an adopted project: no resource of the stack represents it, so no operation on the
stack can change it.
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
    """The settings of a new project."""

    parent: str
    """`folders/<number>` or `organizations/<number>`, from which the project inherits policies and grants."""

    billing_account: str
    """Id of the billing account that pays, like 0A1B2C-3D4E5F-6A7B8C."""

    def __post_init__(self) -> None:
        if not _PARENT.match(self.parent):
            raise ValueError(f"parent {self.parent!r} is not valid: use folders/<number> or organizations/<number>")
        if not _BILLING.match(self.billing_account):
            raise ValueError(f"{self.billing_account!r} is not a billing account: use an id like 0A1B2C-3D4E5F-6A7B8C")


@dataclass(frozen=True, kw_only=True)
class ProjectArgs:
    """One environment's project."""

    project: str
    """The project's id, unique in all of Google Cloud."""

    labels: Mapping[str, str]
    """Labels of client, environment and managing tool; only for a project that the program creates."""

    creation: Creation | None = None
    """Settings of a project that the program creates. None: adopt the existing project."""


class Project(pulumi.ComponentResource):
    """A project without the default network and its open firewall rules.

    Neither `destroy` nor a later adoption deletes it: with `PREVENT`, Google's provider refuses the deletion
    (https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/google_project#deletion_policy).

    Produces `<name>` (gcp.organizations.Project) for a created project, and nothing for an adopted one.
    """

    project: pulumi.Output[str]
    """The project's id; known after the project exists."""

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
