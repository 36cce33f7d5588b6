"""Register a version in the model registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from shlex import quote

from groundwork.contract.ledger_records import Json
from groundwork.ports.models import Version
from groundwork.ports.platform import Platform


@dataclass(frozen=True)
class ModelVersion:
    """One version with one key, without an alias."""

    platform: Platform

    def plan(self, *, project: str, model: str, key: str, artifact: str, labels: Mapping[str, str]) -> Json:
        """Note whether the key has a version already, which a rollback keeps."""
        intent = {"project": project, "model": model, "key": key, "artifact": artifact, "labels": dict(labels)}
        return {**intent, "was": bool(self._versions(intent))}

    def apply(self, intent: Json) -> Json:
        """Register it; return its number."""
        models = self.platform.models(intent["project"])
        version = models.register(intent["model"], key=intent["key"], artifact=intent["artifact"], labels=intent["labels"])
        return {"version": version.version}

    def revert(self, intent: Json) -> None:
        """Delete the version. Raises Conflict while it has an alias and so is in use."""
        for version in self._ours(intent):
            self.platform.models(intent["project"]).delete(intent["model"], version.version)

    def leftovers(self, intent: Json) -> str:
        """Return whether it is still registered."""
        return "; ".join(
            f"version {each.version} of the model {intent['model']}: take {', '.join(each.aliases) or 'no alias'} off it, then "
            f"`gcloud ai models delete-version {quote(intent['model'])}@{each.version} --project {quote(intent['project'])}`"
            for each in self._ours(intent)
        )

    def _ours(self, intent: Json) -> list[Version]:
        return [] if intent["was"] else self._versions(intent)

    def _versions(self, intent: Json) -> list[Version]:
        versions = self.platform.models(intent["project"]).versions(intent["model"])
        return [version for version in versions if version.key == intent["key"]]
