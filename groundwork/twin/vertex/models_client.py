"""The registry of models on the twin, as one identity sees it."""

from __future__ import annotations

from collections.abc import Mapping

from groundwork.ports.models import Models, Version
from groundwork.twin.core.store import Store
from groundwork.twin.iam.permissions import require
from groundwork.twin.vertex.models import Registry


def twin_models(store: Store, identity: str | None, project: str) -> Models:
    """Return the models of one project."""
    return TwinModels(store, identity, project)


class TwinModels:
    """A `Models`; the permissions are those that Vertex asks for the same."""

    def __init__(self, store: Store, identity: str | None, project: str) -> None:
        self._store = store
        self._identity = identity
        self._project = project
        self._registry = Registry(store, project)

    def versions(self, model: str) -> list[Version]:
        """Return every version, oldest first."""
        self._require("list")
        return self._registry.versions(model)

    def register(self, model: str, *, key: str, artifact: str, labels: Mapping[str, str]) -> Version:
        """Register a version without any alias, or return the one of this key."""
        self._require("upload")
        return self._registry.upload(model, key=key, artifact=artifact, labels=labels)

    def delete(self, model: str, version: str) -> None:
        """Delete a version; an absence is not an error."""
        self._require("delete")
        self._registry.delete(model, version)

    def alias(self, model: str, alias: str) -> str | None:
        """Return the version that an alias is on, if any."""
        self._require("get")
        return self._registry.alias(model, alias)

    def move_alias(self, model: str, alias: str, *, to: str | None, expected: str | None) -> None:
        """Put an alias on a version, or on none, if it is where it is taken to be."""
        self._require("update")
        self._registry.move(model, alias, to=to, expected=expected)

    def _require(self, what: str) -> None:
        require(self._store, self._identity, f"aiplatform.models.{what}", f"projects/{self._project}")
