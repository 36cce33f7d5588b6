"""Cloud KMS keys for a client's data.

Owns a key ring and the keys in it. Does not own who uses them: whoever encrypts with a key brings the grant. Google deletes
neither rings nor keys (https://cloud.google.com/kms/docs/object-hierarchy), so they are protected, and stay on record for ever.
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
    """Its name; no other ring of the project and location will ever have it."""

    project: str
    """The project that owns it."""

    location: str
    """Where what the keys encrypt is: most services refuse a key from elsewhere."""

    labels: Mapping[str, str]
    """Whose the keys are and what manages them."""

    keys: Collection[str]
    """Names of the keys."""

    rotation_days: int = 90
    """A new version of each key becomes the one that encrypts after so many days; older ones go on decrypting."""

    def __post_init__(self) -> None:
        for name in (self.ring, *self.keys):
            if not _NAME.match(name):
                raise ValueError(f"{name!r} names no key: letters, digits, dashes and underscores, 63 at most")
        if self.rotation_days < 1:
            raise ValueError(f"keys rotate once a day at most: rotation_days is 1 or more, not {self.rotation_days}")


class KeyRing(pulumi.ComponentResource):
    """A ring of symmetric keys that nobody can destroy by accident.

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
