"""Cloud KMS keys for a client's data.

Owns a key ring and its keys. Does not own their grants: the component that encrypts with a key creates the grant. Google never
deletes rings and keys (https://cloud.google.com/kms/docs/object-hierarchy), so they are protected and their names stay in use.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

_NAME = re.compile(r"^[A-Za-z0-9_-]{1,63}$")
_DAY = 86_400


@dataclass(frozen=True, kw_only=True)
class KeyRingArgs:
    """A ring and its keys."""

    ring: str
    """The ring's name. No other ring of the project and location can ever have this name."""

    project: str
    """The project that owns the ring."""

    location: str
    """The location of the encrypted data: most services refuse a key of another location."""

    labels: Mapping[str, str]
    """Labels of client, environment and managing tool, for the keys."""

    keys: Collection[str]
    """Names of the keys."""

    rotation_days: int = 90
    """Each key gets a new version for encryption after this many days. Older versions still decrypt."""

    def __post_init__(self) -> None:
        for name in (self.ring, *self.keys):
            if not _NAME.match(name):
                raise ValueError(f"{name!r} is not a name of a key: use letters, digits, dashes and underscores, 63 at most")
        if self.rotation_days < 1:
            raise ValueError(f"rotation_days is {self.rotation_days}: use 1 or more")


class KeyRing(pulumi.ComponentResource):
    """A ring of symmetric keys, protected against deletion.

    Produces `<name>` (gcp.kms.KeyRing) and `<name>-<key>` (gcp.kms.CryptoKey) per key, all protected.
    """

    keys: Mapping[str, pulumi.Output[str]]
    """The keys' full names by their short ones."""

    def __init__(self, name: str, args: KeyRingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:kms:KeyRing", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self, protect=True)

        ring = gcp.kms.KeyRing(name, name=args.ring, project=args.project, location=args.location, opts=child)
        self.keys = {
            key: gcp.kms.CryptoKey(
                f"{name}-{key}",
                name=key,
                key_ring=ring.id,
                purpose="ENCRYPT_DECRYPT",
                rotation_period=f"{args.rotation_days * _DAY}s",
                labels=args.labels,
                opts=child,
            ).id
            for key in sorted(args.keys)
        }

        self.register_outputs({"keys": self.keys})
