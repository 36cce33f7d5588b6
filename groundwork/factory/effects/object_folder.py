"""Roll back all objects below a prefix: the candidate's folder, and its records."""

from __future__ import annotations

import re
from dataclasses import dataclass
from shlex import quote

from groundwork.contract.ledger_records import Json
from groundwork.ports.errors import Conflict
from groundwork.ports.fsspec_errors import port_errors
from groundwork.ports.platform import Platform

_PREFIX = re.compile(r"gs://[a-z0-9][a-z0-9._-]*(/[^/*?\[\]{}]+)+")


@dataclass(frozen=True)
class Objects:
    """Objects that are written after the intent is in the ledger."""

    platform: Platform

    def plan(self, *, prefix: str, clear: bool = False) -> Json:
        """Raise Conflict unless the prefix is an empty folder of a bucket: a rollback would delete other objects in it.

        With `clear`, existing objects are deleted instead.
        """
        if not _PREFIX.fullmatch(prefix) or {".", ".."} & set(prefix.split("/")):
            raise Conflict(f"`{prefix}` is not a folder of a bucket", "write `gs://bucket/folder`, without a slash at the end")
        intent = {"prefix": prefix, "clear": clear}
        if not clear and (found := self._below(intent)):
            raise Conflict(f"{prefix} is not empty: there is {found[0]}", f"look at it, then run `{_way(intent)}`")
        return intent

    def apply(self, intent: Json) -> Json:
        """Empty the folder with `clear`; otherwise do nothing, as buckets have no folders."""
        if intent["clear"]:
            self.revert(intent)
        return {}

    def revert(self, intent: Json) -> None:
        """Delete every object below the prefix."""
        if self._below(intent):
            with port_errors(intent["prefix"]):
                self.platform.objects.rm(intent["prefix"], recursive=True)

    def leftovers(self, intent: Json) -> str:
        """Return the number of remaining objects."""
        leftovers = self._below(intent)
        return f"{len(leftovers)} objects below {intent['prefix']}: `{_way(intent)}`" if leftovers else ""

    def _below(self, intent: Json) -> list[str]:
        objects = self.platform.objects
        with port_errors(intent["prefix"], keep=FileNotFoundError):
            objects.invalidate_cache()  # others write here
            try:
                # The slash excludes `a-b` from the objects below `a`.
                found: list[str] = objects.find(f"{intent['prefix']}/")
            except FileNotFoundError:
                return []
        return found


def _way(intent: Json) -> str:
    return f"gcloud storage rm --recursive {quote(intent['prefix'])}"
