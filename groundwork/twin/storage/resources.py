"""Cloud Storage: a bucket is a directory."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from groundwork.twin.core.resource_type import Fault, Properties, ResourceType, dig, known
from groundwork.twin.core.store import Refused, Store

WEEK, LONGEST = 604_800, 7_776_000
"""In seconds, what Google offers for soft delete: https://cloud.google.com/storage/docs/soft-delete."""


class Bucket(ResourceType):
    """A directory for objects. Its name is the whole world's: no two projects have the same."""

    type = "gcp:storage/bucket:Bucket"
    api = "storage.googleapis.com"
    required = frozenset({"name", "location"})
    optional = frozenset(
        {"encryption", "labels", "lifecycleRules", "publicAccessPrevention", "retentionPolicy", "softDeletePolicy", "versioning"}
    )
    immutable = frozenset({"name", "location"})
    defaults = {"forceDestroy": False, "storageClass": "STANDARD", "uniformBucketLevelAccess": False}
    encrypted_by = "encryption.defaultKmsKeyName"
    key_agents = ("storage",)

    def id(self, given: Properties) -> str:
        """Return the name."""
        return str(given["name"])

    def outputs(self, given: Properties) -> Properties:
        """Return where it is."""
        name = given["name"]
        return {"url": f"gs://{name}", "selfLink": f"https://www.googleapis.com/storage/v1/b/{name}"}

    def faults(self, given: Properties) -> Iterator[Fault]:
        """Yield a soft delete that Google does not offer, and what the twin does not know of versioning."""
        seconds = dig(given, "softDeletePolicy.retentionDurationSeconds")
        if known(seconds) and seconds is not None and seconds != 0 and not WEEK <= seconds <= LONGEST:
            yield Fault("softDeletePolicy", f"deleted objects are kept for 0 seconds, or for {WEEK} to {LONGEST}")
        if strangers := sorted(set(given.get("versioning") or {}) - {"enabled"}) if known(given.get("versioning")) else []:
            yield Fault("versioning", f"the twin does not know {', '.join(strangers)} of it")

    def apply(self, store: Store, given: Properties) -> None:
        """Make the directory."""
        _folder(store, given).mkdir(parents=True, exist_ok=True)

    def change(self, store: Store, old: Properties, given: Properties) -> None:
        """Change it, but for a locked retention: that only grows (https://cloud.google.com/storage/docs/bucket-lock)."""
        before, after = old.get("retentionPolicy") or {}, given.get("retentionPolicy") or {}
        if before.get("isLocked") and (not after.get("isLocked") or _seconds(after) < _seconds(before)):
            raise Refused(f"the retention of bucket {given['name']} is locked", "it can be made longer, and nothing else")
        super().change(store, old, given)

    def remove(self, store: Store, given: Properties) -> None:
        """Remove the directory, with content only if the program said so, and with none that has to be kept."""
        folder = _folder(store, given)
        if folder.exists() and any(retained(given, file) for file in folder.rglob("*")):
            raise Refused(f"bucket {given['name']} holds objects that have to be kept", "wait until they are old enough")
        if not given["forceDestroy"] and folder.exists() and any(folder.iterdir()):
            raise Refused(f"bucket {given['name']} is not empty", "empty it, or set `force_destroy` and run `pulumi up` first")
        store.remove_tree(folder)

    def exists(self, store: Store, given: Properties) -> bool:
        """Return whether the directory is there."""
        return _folder(store, given).is_dir()


def retained(given: Properties, file: Path) -> bool:
    """Return whether a bucket's retention still keeps an object from being deleted or overwritten."""
    policy = given.get("retentionPolicy") or {}
    return bool(policy) and file.is_file() and time.time() - file.stat().st_mtime < _seconds(policy)


def _seconds(policy: Properties) -> int:
    return int(policy.get("retentionPeriod") or 0)


def _folder(store: Store, given: Properties) -> Path:
    return store.root / "buckets" / str(given["name"])
