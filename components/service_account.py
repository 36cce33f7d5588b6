"""Identities that programs act as.

Owns an account, its roles on the project, and its grants on what exists before it. What is made after it (the bucket that
belongs to it, say) brings its own grant to it: whichever of two comes later holds the grant. Has no keys, ever.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp

from components.grants import known_after, least, on_dataset, within

_ACCOUNT_ID = re.compile(r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$")


@dataclass(frozen=True, kw_only=True)
class ServiceAccountArgs:
    """One identity and what it may do."""

    account_id: str
    """The part of its e-mail before the @: 6 to 30 characters, as Google asks."""

    project: str
    """Where it lives, and where its roles hold."""

    display_name: str
    """What it is for, as people see it in the console."""

    roles: Mapping[str, str] = field(default_factory=dict)
    """Roles on the whole project, keyed by a name that will not change; only what cannot be granted more narrowly."""

    reads: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """BigQuery datasets of the project that it may read, by their ids."""

    publishes: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Pub/Sub topics of the project that it may publish to, by their names."""

    pulls: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Artifact registry repositories that it may read, by their ids."""

    buckets: Mapping[str, str] = field(default_factory=dict)
    """Buckets of the project whose objects it may read, by their names: such as another program makes."""

    secrets: Mapping[str, str] = field(default_factory=dict)
    """Secret Manager secrets of the project whose versions it may read, by their names."""

    region: str | None = None
    """Where the repositories in `pulls` are; needed with them only."""

    users: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """IAM members who may act as it, keyed by a name that will not change."""

    def __post_init__(self) -> None:
        if not _ACCOUNT_ID.match(self.account_id):
            raise ValueError(
                f"{self.account_id!r} is not an account id: 6 to 30 lower-case letters, digits and dashes, a letter first"
            )
        if self.pulls and self.region is None:
            raise ValueError("repositories are in a region: give `region` along with `pulls`")
        for role in self.roles.values():
            least(role)


class ServiceAccount(pulumi.ComponentResource):
    """An identity and its grants.

    Produces `<name>` (gcp.serviceaccount.Account), `<name>-<key>` (gcp.projects.IAMMember) per role, `<name>-bucket-<key>`
    likewise, `<name>-reads-<key>` (gcp.bigquery.DatasetAccess), `<name>-publishes-<key>` (gcp.pubsub.TopicIAMMember),
    `<name>-pulls-<key>` (gcp.artifactregistry.RepositoryIamMember), `<name>-secret-<key>` (gcp.secretmanager.SecretIamMember)
    and `<name>-user-<key>` (gcp.serviceaccount.IAMMember).
    """

    member: pulumi.Output[str]
    """Whom to grant to: known at once."""

    email: pulumi.Output[str]
    """Whom to run as: known only once it may do what it is for."""

    id_in_project: pulumi.Output[str]
    """`projects/…/serviceAccounts/…`, known like `email`."""

    def __init__(self, name: str, args: ServiceAccountArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:iam:ServiceAccount", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        account = gcp.serviceaccount.Account(
            name, account_id=args.account_id, project=args.project, display_name=args.display_name, opts=child
        )
        grants = [*_on_project(name, args, account, child), *_on_resources(name, args, account, child)]
        grants += _users(name, args, account, child)

        self.member = account.member
        self.email = known_after(account.email, grants)
        self.id_in_project = known_after(account.name, grants)
        self.register_outputs({"member": self.member, "email": self.email, "id_in_project": self.id_in_project})


def _on_project(
    name: str, args: ServiceAccountArgs, account: gcp.serviceaccount.Account, opts: pulumi.ResourceOptions
) -> Iterator[pulumi.CustomResource]:
    for key, role in args.roles.items():
        yield gcp.projects.IAMMember(f"{name}-{key}", project=args.project, role=role, member=account.member, opts=opts)
    for key, bucket in args.buckets.items():
        yield gcp.projects.IAMMember(
            f"{name}-bucket-{key}",
            project=args.project,
            role="roles/storage.objectViewer",
            member=account.member,
            condition={"title": "one-bucket", "expression": within(bucket)},
            opts=opts,
        )


def _on_resources(
    name: str, args: ServiceAccountArgs, account: gcp.serviceaccount.Account, opts: pulumi.ResourceOptions
) -> Iterator[pulumi.CustomResource]:
    project, member = args.project, account.member
    for key, dataset in args.reads.items():
        yield on_dataset(f"{name}-reads-{key}", member, "roles/bigquery.dataViewer", dataset=dataset, project=project, opts=opts)
    for key, topic in args.publishes.items():
        yield gcp.pubsub.TopicIAMMember(
            f"{name}-publishes-{key}", project=project, topic=topic, role="roles/pubsub.publisher", member=member, opts=opts
        )
    for key, repository in args.pulls.items():
        yield gcp.artifactregistry.RepositoryIamMember(
            f"{name}-pulls-{key}",
            project=project,
            location=args.region,
            repository=repository,
            role="roles/artifactregistry.reader",
            member=member,
            opts=opts,
        )
    for key, secret in args.secrets.items():
        yield gcp.secretmanager.SecretIamMember(
            f"{name}-secret-{key}",
            project=project,
            secret_id=secret,
            role="roles/secretmanager.secretAccessor",
            member=member,
            opts=opts,
        )


def _users(
    name: str, args: ServiceAccountArgs, account: gcp.serviceaccount.Account, opts: pulumi.ResourceOptions
) -> Iterator[pulumi.CustomResource]:
    for who, member in args.users.items():
        yield gcp.serviceaccount.IAMMember(
            f"{name}-user-{who}",
            service_account_id=account.name,
            role="roles/iam.serviceAccountUser",
            member=member,
            opts=opts,
        )
