"""Access for a repository's GitHub Actions: workflows of its pushes act as an identity, with GitHub's token and without a key.

Owns the pool, GitHub's provider in it, and the grants that permit the branches to act as the identity. Does not own the identity.

https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from components.grants import known_after

ISSUER = "https://token.actions.githubusercontent.com"
_ID = re.compile(r"^(?!gcp-)[a-z0-9-]{4,32}$")
_REPOSITORY = re.compile(r"^[A-Za-z0-9-]+/[A-Za-z0-9_.-]+$")
_BRANCH = re.compile(r"^[A-Za-z0-9._/-]+$")


@dataclass(frozen=True, kw_only=True)
class FederationArgs:
    """One trusted repository."""

    pool: str
    """Id of the pool. Google reserves the id of a deleted pool for 30 days."""

    project: str
    """The pool's project."""

    repository: str
    """`owner/name` on GitHub. All GitHub repositories share one issuer, so tokens of every other repository must be refused."""

    repository_id: int
    """GitHub's number of the repository: another owner can register a name that was given up."""

    branches: Sequence[str]
    """Branches with pushes that may act as the identity."""

    identity: pulumi.Input[str]
    """The identity, `projects/…/serviceAccounts/…`."""

    protect: bool = True
    """Refuse to delete pool and provider: their names stay reserved, so an incomplete `destroy` could not be followed by an
    `up`."""

    def __post_init__(self) -> None:
        if not _ID.match(self.pool):
            raise ValueError(f"{self.pool!r} is not a pool id: use 4 to 32 lower-case letters, digits and dashes, not gcp- first")
        if not _REPOSITORY.match(self.repository):
            raise ValueError(f"{self.repository!r} is not a repository: write owner/name")
        if not self.branches:
            raise ValueError("branches is empty: list the branches with trusted pushes")
        for branch in self.branches:
            if not _BRANCH.match(branch):
                raise ValueError(f"{branch!r} is not a branch: write its full name")


class Federation(pulumi.ComponentResource):
    """A pool with one provider, and the grants of its branches.

    Produces `<name>` (gcp.iam.WorkloadIdentityPool), `<name>-github` (gcp.iam.WorkloadIdentityPoolProvider) and
    `<name>-<branch>` (gcp.serviceaccount.IAMMember) per branch.
    """

    provider: pulumi.Output[str]
    """`projects/…/providers/…`, which CI names in its request for a token; known after the grants exist."""

    def __init__(self, name: str, args: FederationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:iam:Federation", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        kept = pulumi.ResourceOptions(parent=self, protect=args.protect)

        pool = gcp.iam.WorkloadIdentityPool(
            name,
            workload_identity_pool_id=args.pool,
            project=args.project,
            display_name="CI outside of Google",
            opts=kept,
        )
        provider = gcp.iam.WorkloadIdentityPoolProvider(
            f"{name}-github",
            workload_identity_pool_id=pool.workload_identity_pool_id,
            workload_identity_pool_provider_id="github",
            project=args.project,
            display_name="GitHub Actions",
            attribute_mapping={
                "google.subject": "assertion.sub",
                "attribute.repository": "assertion.repository",
                "attribute.ref": "assertion.ref",
            },
            attribute_condition=condition(args),
            oidc={"issuer_uri": ISSUER},
            opts=kept,
        )
        grants = [
            gcp.serviceaccount.IAMMember(
                f"{name}-{branch}",
                service_account_id=args.identity,
                role="roles/iam.workloadIdentityUser",
                member=pulumi.Output.concat("principalSet://iam.googleapis.com/", pool.name, f"/attribute.ref/{_ref(branch)}"),
                opts=child,
            )
            for branch in args.branches
        ]

        self.provider = known_after(provider.name, grants)
        self.register_outputs({"provider": self.provider})


def condition(args: FederationArgs) -> str:
    """Return the condition for tokens: issued for this repository, and for a push to one of the branches.

    The event is part of it: the ref of a pull request from a fork (`pull_request_target`), of a comment and of a finished
    workflow is the default branch.
    """
    refs = ", ".join(f"'{_ref(branch)}'" for branch in args.branches)
    parts = [
        f"assertion.repository == '{args.repository}'",
        f"assertion.repository_id == '{args.repository_id}'",
        "assertion.event_name == 'push'",
        f"assertion.ref in [{refs}]",
    ]
    return " && ".join(parts)


def _ref(branch: str) -> str:
    return f"refs/heads/{branch}"
