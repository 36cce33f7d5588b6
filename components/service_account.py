"""Identities of programs.

Owns an account, its roles on the project, and its grants on resources that are created before it. A resource that is created
after it, such as its own bucket, owns the grant to it: the later of two resources owns the grant. An account never has keys.
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
    """One identity and its permissions."""

    account_id: str
    """The part of its e-mail address before the @: 6 to 30 characters."""

    project: str
    """The project of the account and of its roles."""

    display_name: str
    """Purpose of the account, which the console shows."""

    roles: Mapping[str, str] = field(default_factory=dict)
    """Roles on the whole project, keyed by a stable name; only roles that cannot be granted on a single resource."""

    reads: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Ids of BigQuery datasets of the project that it may read, keyed in the same way."""

    publishes: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Names of Pub/Sub topics of the project that it may publish to, keyed in the same way."""

    pulls: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Ids of Artifact Registry repositories that it may read, keyed in the same way."""

    buckets: Mapping[str, str] = field(default_factory=dict)
    """Names of buckets of the project with objects that it may read, keyed in the same way; for buckets of another program."""

    secrets: Mapping[str, str] = field(default_factory=dict)
    """Names of Secret Manager secrets of the project with versions that it may read, keyed in the same way."""

    region: str | None = None
    """The region of the repositories in `pulls`; needed only with `pulls`."""

    users: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """IAM members who may act as it, keyed by a stable name."""

    def __post_init__(self) -> None:
        if not _ACCOUNT_ID.match(self.account_id):
            raise ValueError(
                f"{self.account_id!r} is not an account id: use 6 to 30 lower-case letters, digits and dashes, a letter first"
            )
        if self.pulls and self.region is None:
            raise ValueError("pulls needs the region of the repositories: set `region`")
        for role in self.roles.values():
            least(role)


class ServiceAccount(pulumi.ComponentResource):
    """An identity and its grants.

    Produces `<name>` (gcp.serviceaccount.Account), `<name>-<key>` (gcp.projects.IAMMember) per role, `<name>-bucket-<key>`
    (gcp.projects.IAMMember), `<name>-reads-<key>` (gcp.bigquery.DatasetAccess), `<name>-publishes-<key>`
    (gcp.pubsub.TopicIAMMember), `<name>-pulls-<key>` (gcp.artifactregistry.RepositoryIamMember), `<name>-secret-<key>`
    (gcp.secretmanager.SecretIamMember) and `<name>-user-<key>` (gcp.serviceaccount.IAMMember).
    """

    member: pulumi.Output[str]
    """The IAM member, for grants; it does not wait for the account's own grants."""

    email: pulumi.Output[str]
    """The e-mail address, for programs that run as the account; known after its grants exist."""

    id_in_project: pulumi.Output[str]
    """`projects/…/serviceAccounts/…`; known after its grants exist."""

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
    for key, member in args.users.items():
        yield gcp.serviceaccount.IAMMember(
            f"{name}-user-{key}",
            service_account_id=account.name,
            role="roles/iam.serviceAccountUser",
            member=member,
            opts=opts,
        )
