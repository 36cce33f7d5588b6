"""Buckets that hold a client's data, artifacts and pipeline runs.

Owns a bucket and who may read and write it. Does not own what is in it, nor the state and audit buckets: those must outlive
an environment, so its stack does not make them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp

from components.grants import known_after

_FOLDER = re.compile(r"^[A-Za-z0-9_-]{1,63}$")
_NAME = re.compile(r"^(?!goog)(?!.*google)[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$")


@dataclass(frozen=True, kw_only=True)
class BucketArgs:
    """One bucket. Defaults are what production should have."""

    bucket: str
    """Globally unique name; explicit, so that an interrupted `up` can find what it made."""

    project: str
    """The project that owns and pays for it."""

    location: str
    """Region or multi-region. Buckets cannot move, so there is no default."""

    labels: Mapping[str, str]
    """Whose it is and what manages it."""

    protect: bool = True
    """Refuse to destroy or replace it: Pulumi in the preview already, Google while objects are in it."""

    retention_days: int | None = None
    """Delete objects after this many days; None keeps them for ever."""

    kept_days: int | None = None
    """Let nobody delete or overwrite an object before it is so many days old; None: whoever may, at any time. Such a bucket keeps
    no older versions, as nothing is overwritten."""

    locked: bool = False
    """Let nobody shorten `kept_days` or take it away again, ever; the bucket then stays as long as its youngest object has to."""

    versioned: bool = True
    """Keep for a while what was overwritten or deleted; False: what is deleted is gone, without Google's soft delete either."""

    key: pulumi.Input[str] | None = None
    """Full name of the Cloud KMS key that encrypts objects; None: Google's own. Its service's agent may use it already."""

    readers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """IAM members who may read, keyed by a name that will not change."""

    creators: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """IAM members who may add objects, and neither read nor overwrite nor delete any, keyed likewise."""

    writers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """IAM members who may read, write and delete objects, keyed likewise."""

    folders: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """IAM members who may read, write and delete objects in one folder, keyed by the folder's name; they cannot list any."""

    def __post_init__(self) -> None:
        if not _NAME.match(self.bucket):
            raise ValueError(
                f"{self.bucket!r} is not a bucket name: 3 to 63 lower-case letters, digits, dashes, underscores, without `google`"
            )
        if self.retention_days is not None and self.retention_days < 1:
            raise ValueError(
                f"retention_days must be 1 or more, not {self.retention_days}; leave it out to keep objects for ever"
            )
        if self.kept_days is not None and self.kept_days < 1:
            raise ValueError(f"kept_days must be 1 or more, not {self.kept_days}; leave it out to keep nothing from deletion")
        if self.locked and self.kept_days is None:
            raise ValueError("locked without kept_days: there is nothing to lock; say how long objects are kept")
        if odd := sorted(folder for folder in self.folders if not _FOLDER.match(folder)):
            raise ValueError(f"{odd[0]!r} is not a folder's name: letters, digits, dashes and underscores")


class Bucket(pulumi.ComponentResource):
    """A private bucket and the grants on it.

    Produces `<name>` (gcp.storage.Bucket), and `<name>-reader-<key>`, `<name>-creator-<key>`, `<name>-writer-<key>` and
    `<name>-folder-<folder>` (gcp.storage.BucketIAMMember).
    """

    name: pulumi.Output[str]
    """The bucket's name, known only once its grants are in place."""

    url: pulumi.Output[str]
    """`gs://<name>`, known likewise."""

    def __init__(self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:storage:Bucket", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        bucket = gcp.storage.Bucket(
            name,
            name=args.bucket,
            project=args.project,
            location=args.location,
            labels=args.labels,
            force_destroy=not args.protect,
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            versioning={"enabled": args.versioned and args.kept_days is None},
            soft_delete_policy=None if args.versioned else {"retention_duration_seconds": 0},
            encryption=None if args.key is None else {"default_kms_key_name": args.key},
            retention_policy=_retention(args.kept_days, locked=args.locked),
            lifecycle_rules=_expire_after(args.retention_days),
            opts=child.merge(pulumi.ResourceOptions(protect=args.protect)),
        )
        grants = list(_grants(name, args, bucket, child))

        self.name = known_after(bucket.name, grants)
        self.url = known_after(bucket.url, grants)
        self.register_outputs({"name": self.name, "url": self.url})


def _grants(
    name: str, args: BucketArgs, bucket: gcp.storage.Bucket, opts: pulumi.ResourceOptions
) -> Iterator[gcp.storage.BucketIAMMember]:
    kinds = {
        "reader": (args.readers, "roles/storage.objectViewer"),
        "creator": (args.creators, "roles/storage.objectCreator"),
        "writer": (args.writers, "roles/storage.objectUser"),
    }
    for kind, (members, role) in kinds.items():
        for who, member in members.items():
            yield gcp.storage.BucketIAMMember(f"{name}-{kind}-{who}", bucket=bucket.name, role=role, member=member, opts=opts)
    for folder, member in args.folders.items():
        yield gcp.storage.BucketIAMMember(
            f"{name}-folder-{folder}",
            bucket=bucket.name,
            role="roles/storage.objectUser",
            member=member,
            condition=_within(args.bucket, folder),
            opts=opts,
        )


def _within(bucket: str, folder: str) -> gcp.storage.BucketIAMMemberConditionArgsDict:
    """Return the condition that lets somebody at the objects of one folder; it holds for no listing, which names the bucket."""
    start = f"projects/_/buckets/{bucket}/objects/{folder}/"
    return {"title": f"below {folder}", "expression": f'resource.name.startsWith("{start}")'}


def _retention(days: int | None, *, locked: bool) -> gcp.storage.BucketRetentionPolicyArgsDict | None:
    return None if days is None else {"retention_period": str(days * 86_400), "is_locked": locked}


def _expire_after(days: int | None) -> list[gcp.storage.BucketLifecycleRuleArgsDict]:
    if days is None:
        return []
    return [{"action": {"type": "Delete"}, "condition": {"age": days}}]
