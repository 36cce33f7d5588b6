"""Move the alias that decides which version serves, and restore it."""

from __future__ import annotations

from dataclasses import dataclass

from groundwork.contract.ledger_records import Json
from groundwork.ports.platform import Platform


@dataclass(frozen=True)
class Alias:
    """An alias on a version, moved by compare-and-swap."""

    platform: Platform

    def plan(self, *, project: str, model: str, alias: str, version: str) -> Json:
        """Note the version that has the alias."""
        was = self.platform.models(project).alias(model, alias)
        return {"project": project, "model": model, "alias": alias, "version": version, "was": was}

    def apply(self, intent: Json) -> Json:
        """Move the alias; return its previous version. Raises Conflict if another program moved it since."""
        self._move(intent, to=intent["version"], expected=intent["was"])
        return {"was": intent["was"]}

    def revert(self, intent: Json) -> None:
        """Move the alias back, if it is still where the effect put it."""
        if self._ours(intent):
            self._move(intent, to=intent["was"], expected=intent["version"])

    def leftovers(self, intent: Json) -> str:
        """Return "" unless the alias is still where the effect put it."""
        if not self._ours(intent):
            return ""
        was = f"put it back on version {intent['was']}" if intent["was"] else "remove it"
        return f"the alias {intent['alias']} of {intent['model']} is on version {intent['version']}: {was} in the model registry"

    def _ours(self, intent: Json) -> bool:
        there = self.platform.models(intent["project"]).alias(intent["model"], intent["alias"])
        return bool(intent["was"] != intent["version"] == there)

    def _move(self, intent: Json, *, to: str | None, expected: str | None) -> None:
        self.platform.models(intent["project"]).move_alias(intent["model"], intent["alias"], to=to, expected=expected)
