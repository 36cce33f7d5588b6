"""The identity that applies platform changes to an environment: the one exception from least privilege.

Owns the account and its roles, all of which the program lists. No principal may act as it, it has no keys, and it may grant only
the listed roles on the project (https://cloud.google.com/iam/docs/setting-limits-on-granting-roles).
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
    """One deployer and its permissions."""

    account_id: str
    """The part of its e-mail address before the @."""

    project: str
    """The project of the account and of its roles."""

    region: str
    """The region of the repositories in `pulls`."""

    roles: Mapping[str, str]
    """Roles on the whole project, keyed by a stable name; admin roles of a service are permitted, primitive roles are not."""

    grantable: Sequence[str]
    """Roles that it may grant and revoke on the project."""

    pulls: Mapping[str, pulumi.Input[str]]
    """Ids of Artifact Registry repositories that it may read, keyed by a stable name."""

    def __post_init__(self) -> None:
        if primitive := sorted(role for role in self.roles.values() if _PRIMITIVE.match(role)):
            raise ValueError(f"{', '.join(primitive)}: not even the deployer has primitive roles; list the roles that it needs")
        if GRANTS in {*self.roles.values(), *self.grantable}:
            raise ValueError(f"remove {GRANTS}: the component grants it with a condition, and the deployer may not grant it")
        if too_much := sorted(role for role in self.grantable if _PRIMITIVE.match(role) or re.search(r"[aA]dmin$", role)):
            raise ValueError(f"grantable contains {', '.join(too_much)}: remove roles that permit granting or ownership")
        if not self.grantable:
            raise ValueError("grantable is empty: name the roles that the program grants on the project")


class Deployer(pulumi.ComponentResource):
    """The deployer's identity.

    Produces `<name>` (gcp.serviceaccount.Account), `<name>-<key>` (gcp.projects.IAMMember) per role, `<name>-grants`
    (gcp.projects.IAMMember) with a condition on the roles that it may grant, and `<name>-pulls-<key>`
    (gcp.artifactregistry.RepositoryIamMember).
    """

    id_in_project: pulumi.Output[str]
    """`projects/…/serviceAccounts/…`; known after its grants exist."""

    def __init__(self, name: str, args: DeployerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:iam:Deployer", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        account = gcp.serviceaccount.Account(
            name,
            account_id=args.account_id,
            project=args.project,
            display_name="Applies platform changes; only the platform CD trigger runs as it",
            opts=child,
        )
        grants = list(_grants(name, args, account.member, child))

        self.id_in_project = known_after(account.name, grants)
        self.register_outputs({"id_in_project": self.id_in_project})


def only(roles: Sequence[str]) -> str:
    """Return the condition that permits granting and revoking only these roles."""
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
