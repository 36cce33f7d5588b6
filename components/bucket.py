"""Buckets that hold a client's data, artifacts and pipeline runs.

Owns a bucket and the grants on it. Does not own its content, nor the state and audit buckets: those outlive an environment, so
its stack does not create them.
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
    """One bucket. The defaults are suitable for production."""

    bucket: str
    """Globally unique name; explicit, so that the next `up` finds the bucket of an interrupted one."""

    project: str
    """The project that owns the bucket and pays for it."""

    location: str
    """Region or multi-region. A bucket cannot be moved, so there is no default."""

    labels: Mapping[str, str]
    """Labels of client, environment and managing tool."""

    protect: bool = True
    """Refuse to destroy or replace the bucket: Pulumi already in the preview, Google while it contains objects."""

    retention_days: int | None = None
    """Delete objects after this many days. None: keep them for ever."""

    kept_days: int | None = None
    """Refuse to delete or overwrite objects that are younger than this many days. None: writers may do it at any time. Such a
    bucket keeps no older versions, because objects are not overwritten."""

    locked: bool = False
    """Make `kept_days` permanent: it can never be shortened or removed, and the bucket cannot be deleted before its youngest
    object has reached that age."""

    versioned: bool = True
    """Keep overwritten and deleted objects for a time. False: deletion is final, without Google's soft delete."""

    key: pulumi.Input[str] | None = None
    """Full name of the Cloud KMS key that encrypts objects; the service's agent must have access to it. None: Google's own
    key."""

    readers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """IAM members who may read, keyed by a stable name."""

    creators: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """IAM members who may add objects, but not read, overwrite or delete them, keyed in the same way."""

    writers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """IAM members who may read, write and delete objects, keyed in the same way."""

    folders: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """IAM members who may read, write and delete objects in one folder, keyed by the folder's name; they cannot list objects."""

    def __post_init__(self) -> None:
        if not _NAME.match(self.bucket):
            raise ValueError(
                f"{self.bucket!r} is not a bucket name: use 3 to 63 lower-case letters, digits, dashes, underscores, not `google`"
            )
        if self.retention_days is not None and self.retention_days < 1:
            raise ValueError(f"retention_days is {self.retention_days}: use 1 or more, or omit it to keep objects for ever")
        if self.kept_days is not None and self.kept_days < 1:
            raise ValueError(f"kept_days is {self.kept_days}: use 1 or more, or omit it to allow deletion at any time")
        if self.locked and self.kept_days is None:
            raise ValueError("locked needs kept_days: set the number of days for which objects are kept")
        if odd := sorted(folder for folder in self.folders if not _FOLDER.match(folder)):
            raise ValueError(f"{odd[0]!r} is not a folder name: use letters, digits, dashes and underscores")


class Bucket(pulumi.ComponentResource):
    """A private bucket and the grants on it.

    Produces `<name>` (gcp.storage.Bucket), and `<name>-reader-<key>`, `<name>-creator-<key>`, `<name>-writer-<key>` and
    `<name>-folder-<folder>` (gcp.storage.BucketIAMMember).
    """

    name: pulumi.Output[str]
    """The bucket's name, known after its grants exist."""

    url: pulumi.Output[str]
    """`gs://<name>`, known at the same time."""

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
    roles = {
        "reader": (args.readers, "roles/storage.objectViewer"),
        "creator": (args.creators, "roles/storage.objectCreator"),
        "writer": (args.writers, "roles/storage.objectUser"),
    }
    for right, (members, role) in roles.items():
        for key, member in members.items():
            yield gcp.storage.BucketIAMMember(f"{name}-{right}-{key}", bucket=bucket.name, role=role, member=member, opts=opts)
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
    """Return the condition for access to the objects of one folder. It allows no listing: a listing names the bucket."""
    start = f"projects/_/buckets/{bucket}/objects/{folder}/"
    return {"title": f"below {folder}", "expression": f'resource.name.startsWith("{start}")'}


def _retention(days: int | None, *, locked: bool) -> gcp.storage.BucketRetentionPolicyArgsDict | None:
    return None if days is None else {"retention_period": str(days * 86_400), "is_locked": locked}


def _expire_after(days: int | None) -> list[gcp.storage.BucketLifecycleRuleArgsDict]:
    if days is None:
        return []
    return [{"action": {"type": "Delete"}, "condition": {"age": days}}]
