"""The identity that brings an environment up: the one exception of least privilege.

Owns the account and its roles, all of which the program lists. Nobody may act as it, it has no keys, and of roles on the project
it may grant those alone that it was given a list of (https://cloud.google.com/iam/docs/setting-limits-on-granting-roles).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from components.grants import known_after

GRANTS = "roles/resourcemanager.projectIamAdmin"
_PRIMITIVE = re.compile(r"^roles/(owner|editor|viewer|browser)$")


@dataclass(frozen=True, kw_only=True)
class DeployerArgs:
    """One deployer and all that it may do."""

    account_id: str
    """The part of its e-mail before the @."""

    project: str
    """Where it lives, and where its roles hold."""

    region: str
    """Where the repositories in `pulls` are."""

    roles: Mapping[str, str]
    """Roles on the whole project, keyed by a name that will not change; admins of a service among them, no primitive one."""

    grantable: Sequence[str]
    """Roles that it may give to others, or take from them, on the project."""

    pulls: Mapping[str, pulumi.Input[str]]
    """Artifact registry repositories that it may read, by their ids."""

    def __post_init__(self) -> None:
        if primitive := sorted(role for role in self.roles.values() if _PRIMITIVE.match(role)):
            raise ValueError(f"{', '.join(primitive)}: not even the deployer has primitive roles; list the roles that it needs")
        if GRANTS in {*self.roles.values(), *self.grantable}:
            raise ValueError(f"{GRANTS} is granted under its condition only, and is never for the deployer to grant")
        if too_much := sorted(role for role in self.grantable if _PRIMITIVE.match(role) or re.search(r"[aA]dmin$", role)):
            raise ValueError(f"{', '.join(too_much)}: what a deployer may grant is nothing that lets others grant or own")
        if not self.grantable:
            raise ValueError("grantable is empty: name the roles that the program grants on the project")


class Deployer(pulumi.ComponentResource):
    """The deployer's identity.

    Produces `<name>` (gcp.serviceaccount.Account), `<name>-<key>` (gcp.projects.IAMMember) per role, `<name>-grants` likewise,
    under a condition on the roles that it may grant, and `<name>-pulls-<key>` (gcp.artifactregistry.RepositoryIamMember).
    """

    id_in_project: pulumi.Output[str]
    """`projects/…/serviceAccounts/…`; known only once it may do what it is for."""

    def __init__(self, name: str, args: DeployerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:iam:Deployer", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        account = gcp.serviceaccount.Account(
            name,
            account_id=args.account_id,
            project=args.project,
            display_name="Brings the environment up, from the trigger of its lane only",
            opts=child,
        )
        grants = list(_grants(name, args, account.member, child))

        self.id_in_project = known_after(account.name, grants)
        self.register_outputs({"id_in_project": self.id_in_project})


def only(roles: Sequence[str]) -> str:
    """Return the condition under which no roles but these can be granted or taken away."""
    listed = ", ".join(f"'{role}'" for role in sorted(roles))
    return f"api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly([{listed}])"


def _grants(
    name: str, args: DeployerArgs, member: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> Iterator[pulumi.CustomResource]:
    for key, role in args.roles.items():
        yield gcp.projects.IAMMember(f"{name}-{key}", project=args.project, role=role, member=member, opts=opts)
    yield gcp.projects.IAMMember(
        f"{name}-grants",
        project=args.project,
        role=GRANTS,
        member=member,
        condition={"title": "only-listed-roles", "expression": only(args.grantable)},
        opts=opts,
    )
    for key, repository in args.pulls.items():
        yield gcp.artifactregistry.RepositoryIamMember(
            f"{name}-pulls-{key}",
            project=args.project,
            location=args.region,
            repository=repository,
            role="roles/artifactregistry.reader",
            member=member,
            opts=opts,
        )
