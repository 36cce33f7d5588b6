"""Credentials that programs need and people keep.

Owns the secret, empty, and who may read what is in it. Does not own its versions: a person puts the payload in, so that it is in
no file, no state and no program.
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
    """Its name, unique in the project."""

    project: str
    """The project that owns it."""

    location: str
    """The one region that its versions are in."""

    labels: Mapping[str, str]
    """Whose it is and what manages it."""

    protect: bool = True
    """Refuse to delete or replace it, and with it every version: Pulumi in the preview already."""

    key: pulumi.Input[str] | None = None
    """Full name of the Cloud KMS key that encrypts versions; None: Google's own. Its service's agent may use it already."""

    readers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """IAM members who may read its versions, keyed by a name that will not change."""


class Secret(pulumi.ComponentResource):
    """A secret and the grants on it.

    Produces `<name>` (gcp.secretmanager.Secret) and `<name>-reader-<key>` (gcp.secretmanager.SecretIamMember) per reader.
    """

    secret: pulumi.Output[str]
    """Its full name, `projects/…/secrets/…`; known only once its grants are in place."""

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
                f"{name}-reader-{who}",
                project=args.project,
                secret_id=secret.secret_id,
                role="roles/secretmanager.secretAccessor",
                member=member,
                opts=child,
            )
            for who, member in args.readers.items()
        ]

        self.secret = known_after(pulumi.Output.concat(f"projects/{args.project}/secrets/", secret.secret_id), grants)
        self.register_outputs({"secret": self.secret})


def _replica(args: SecretArgs) -> gcp.secretmanager.SecretReplicationUserManagedReplicaArgsDict:
    """Return where it is: in one region, as https://cloud.google.com/secret-manager/docs/choosing-replication allows."""
    if args.key is None:
        return {"location": args.location}
    return {"location": args.location, "customer_managed_encryption": {"kms_key_name": args.key}}
