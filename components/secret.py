"""Secrets for credentials of programs.

Owns the empty secret and the grants to read it. Does not own its versions: a person adds the payload, so that it appears in no
file, state or program.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp

from components.grants import known_after


@dataclass(frozen=True, kw_only=True)
class SecretArgs:
    """One secret."""

    secret: str
    """The secret's name, unique in the project."""

    project: str
    """The project that owns the secret."""

    location: str
    """The only region that stores its versions."""

    labels: Mapping[str, str]
    """Labels of client, environment and managing tool."""

    protect: bool = True
    """Refuse to delete or replace the secret with its versions; Pulumi refuses already in the preview."""

    key: pulumi.Input[str] | None = None
    """Full name of the Cloud KMS key that encrypts versions; the service's agent must have access to it. None: Google's own
    key."""

    readers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """IAM members who may read its versions, keyed by a stable name."""


class Secret(pulumi.ComponentResource):
    """A secret and the grants on it.

    Produces `<name>` (gcp.secretmanager.Secret) and `<name>-reader-<key>` (gcp.secretmanager.SecretIamMember) per reader.
    """

    secret: pulumi.Output[str]
    """The secret's full name, `projects/…/secrets/…`; known after its grants exist."""

    def __init__(self, name: str, args: SecretArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:secretmanager:Secret", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        secret = gcp.secretmanager.Secret(
            name,
            secret_id=args.secret,
            project=args.project,
            labels=args.labels,
            replication={"user_managed": {"replicas": [_replica(args)]}},
            deletion_protection=args.protect,
            opts=child.merge(pulumi.ResourceOptions(protect=args.protect)),
        )
        grants = [
            gcp.secretmanager.SecretIamMember(
                f"{name}-reader-{key}",
                project=args.project,
                secret_id=secret.secret_id,
                role="roles/secretmanager.secretAccessor",
                member=member,
                opts=child,
            )
            for key, member in args.readers.items()
        ]

        self.secret = known_after(pulumi.Output.concat(f"projects/{args.project}/secrets/", secret.secret_id), grants)
        self.register_outputs({"secret": self.secret})


def _replica(args: SecretArgs) -> gcp.secretmanager.SecretReplicationUserManagedReplicaArgsDict:
    """Return a replica in one region (https://cloud.google.com/secret-manager/docs/choosing-replication)."""
    if args.key is None:
        return {"location": args.location}
    return {"location": args.location, "customer_managed_encryption": {"kms_key_name": args.key}}
