"""The use of one Cloud KMS key by the services that keep a client's data.

Owns the grants on the key: one for the agent of each service. Does not own the key: it outlives an environment, so
`groundwork bootstrap` creates it. Resources that use the output `key` wait for the grants.

The agents of the services are listed in https://cloud.google.com/storage/docs/encryption/using-customer-managed-keys,
https://cloud.google.com/bigquery/docs/customer-managed-encryption, https://cloud.google.com/artifact-registry/docs/cmek,
https://cloud.google.com/pubsub/docs/encryption, https://cloud.google.com/secret-manager/docs/cmek,
https://cloud.google.com/vertex-ai/docs/general/cmek and, for the disks of Workbench, https://cloud.google.com/vertex-ai/docs/workbench/instances/cmek.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from components.grants import known_after

KEY = re.compile(r"^projects/[^/]+/locations/([^/]+)/keyRings/[\w-]{1,63}/cryptoKeys/[\w-]{1,63}$", re.ASCII)
ROLE = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
CREATED = ("aiplatform", "artifactregistry", "notebooks", "pubsub", "secretmanager")
"""Services with an agent that may have to be created first: https://cloud.google.com/iam/docs/create-service-agents."""


@dataclass(frozen=True, kw_only=True)
class EncryptionArgs:
    """One key and the project with the encrypted data."""

    key: str
    """The key's full name, `projects/…/locations/…/keyRings/…/cryptoKeys/…`; without a version, so that the key can rotate."""

    project: str
    """The project of the agents that use the key."""

    def __post_init__(self) -> None:
        if not KEY.match(self.key):
            raise ValueError(f"{self.key!r} is not a key: use projects/…/locations/…/keyRings/…/cryptoKeys/…, without a version")


class Encryption(pulumi.ComponentResource):
    """Service agents that may encrypt and decrypt with one key.

    Produces `<name>-agent-<service>` (gcp.projects.ServiceIdentity) for the agents that may have to be created, and
    `<name>-<agent>` (gcp.kms.CryptoKeyIAMMember) for these and for `bigquery`, `compute` and `storage`.
    """

    key: pulumi.Output[str]
    """The key's full name, known after every agent has access to the key."""

    def __init__(self, name: str, args: EncryptionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:kms:Encryption", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        grants = [
            gcp.kms.CryptoKeyIAMMember(f"{name}-{agent}", crypto_key_id=args.key, role=ROLE, member=member, opts=child)
            for agent, member in _agents(name, args, opts or pulumi.ResourceOptions(), child).items()
        ]

        self.key = known_after(args.key, grants)
        self.register_outputs({"key": self.key})


def _agents(
    name: str, args: EncryptionArgs, opts: pulumi.ResourceOptions, child: pulumi.ResourceOptions
) -> Mapping[str, pulumi.Output[str]]:
    identities = {
        service: gcp.projects.ServiceIdentity(
            f"{name}-agent-{service}", project=args.project, service=f"{service}.googleapis.com", opts=child
        )
        for service in CREATED
    }
    # Google creates the agents of BigQuery and Storage at the first look-up, and Compute Engine's when its API is enabled.
    asking = pulumi.InvokeOutputOptions(depends_on=opts.depends_on)
    return {
        **{service: identity.member for service, identity in identities.items()},
        "bigquery": gcp.bigquery.get_default_service_account_output(project=args.project, opts=asking).member,
        "compute": identities["notebooks"].member.apply(_of_compute),
        "storage": gcp.storage.get_project_service_account_output(project=args.project, opts=asking).member,
    }


def _of_compute(member: str) -> str:
    """Return Compute Engine's agent; all agents of a project have the same project number in their names."""
    return f"{member.partition('@')[0]}@compute-system.iam.gserviceaccount.com"
