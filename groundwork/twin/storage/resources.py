"""Cloud Storage: a bucket is a directory."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from groundwork.twin.core.resource_type import Fault, Properties, ResourceType, dig, known
from groundwork.twin.core.store import Refused, Store

WEEK, LONGEST = 604_800, 7_776_000
"""The range, in seconds, of Google's soft delete: https://cloud.google.com/storage/docs/soft-delete."""


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

    def id(self, inputs: Properties) -> str:
        """Return the name."""
        return str(inputs["name"])

    def outputs(self, inputs: Properties) -> Properties:
        """Return where it is."""
        name = inputs["name"]
        return {"url": f"gs://{name}", "selfLink": f"https://www.googleapis.com/storage/v1/b/{name}"}

    def faults(self, inputs: Properties) -> Iterator[Fault]:
        """Yield a soft delete that Google does not offer, and settings of versioning that the twin does not know."""
        seconds = dig(inputs, "softDeletePolicy.retentionDurationSeconds")
        if known(seconds) and seconds is not None and seconds != 0 and not WEEK <= seconds <= LONGEST:
            yield Fault("softDeletePolicy", f"deleted objects are kept for 0 seconds, or for {WEEK} to {LONGEST}")
        if strangers := sorted(set(inputs.get("versioning") or {}) - {"enabled"}) if known(inputs.get("versioning")) else []:
            yield Fault("versioning", f"the twin does not know {', '.join(strangers)} of it")

    def apply(self, store: Store, inputs: Properties) -> None:
        """Make the directory."""
        _folder(store, inputs).mkdir(parents=True, exist_ok=True)

    def change(self, store: Store, old: Properties, inputs: Properties) -> None:
        """Change it, but for a locked retention: that only grows (https://cloud.google.com/storage/docs/bucket-lock)."""
        before, after = old.get("retentionPolicy") or {}, inputs.get("retentionPolicy") or {}
        if before.get("isLocked") and (not after.get("isLocked") or _seconds(after) < _seconds(before)):
            raise Refused(f"the retention of bucket {inputs['name']} is locked", "keep it or make it longer")
        super().change(store, old, inputs)

    def remove(self, store: Store, inputs: Properties) -> None:
        """Remove the directory, with content only if the program said so, and with none that has to be kept."""
        folder = _folder(store, inputs)
        if folder.exists() and any(retained(inputs, file) for file in folder.rglob("*")):
            raise Refused(f"bucket {inputs['name']} holds objects that have to be kept", "wait until they are old enough")
        if not inputs["forceDestroy"] and folder.exists() and any(folder.iterdir()):
            raise Refused(f"bucket {inputs['name']} is not empty", "empty it, or set `force_destroy` and run `pulumi up` first")
        store.remove_tree(folder)

    def exists(self, store: Store, inputs: Properties) -> bool:
        """Return whether the directory is there."""
        return _folder(store, inputs).is_dir()


def retained(inputs: Properties, file: Path) -> bool:
    """Return whether a bucket's retention still keeps an object from being deleted or overwritten."""
    policy = inputs.get("retentionPolicy") or {}
    return bool(policy) and file.is_file() and time.time() - file.stat().st_mtime < _seconds(policy)


def _seconds(policy: Properties) -> int:
    return int(policy.get("retentionPeriod") or 0)


def _folder(store: Store, inputs: Properties) -> Path:
    return store.root / "buckets" / str(inputs["name"])
