"""The twin, as one identity sees it; each part is loaded when it is first asked for."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from groundwork.errors import GroundworkError
from groundwork.ports.platform import Platform
from groundwork.twin.cloudbuild.history import require_own
from groundwork.twin.core.store import Store

if TYPE_CHECKING:
    import apprise

    from groundwork.ports.git_provider import GitProvider
    from groundwork.ports.models import Models
    from groundwork.ports.schedules import Schedules
    from groundwork.ports.stacks import Stacks
    from groundwork.twin.bigquery.warehouse import TwinWarehouse
    from groundwork.twin.cloudbuild.client import TwinBuilds
    from groundwork.twin.storage.client import TwinObjects
    from groundwork.twin.vertex.runner import TwinRunner


def twin_platform(folder: str, identity: str | None) -> Platform:
    """Return the twin in a folder, acting as a service account (None: the person at the keyboard); raises GroundworkError."""
    root = Path(folder).resolve()
    if not (root / "twin.sqlite").is_file():
        raise GroundworkError(
            "twin-not-found", f"there is no twin in {root}", 'make one: eval "$(.venv/bin/groundwork twin env)"'
        )
    store = Store(root)
    require_own(store, identity)
    return TwinPlatform(store, identity)


class TwinPlatform(Platform):
    """A `Platform` that loads each part at its first use: libraries take seconds to load, and most callers use one part."""

    def __init__(self, store: Store, identity: str | None) -> None:
        vars(self).update(_store=store, _identity=identity)

    _store: Store
    _identity: str | None

    @cached_property
    def warehouse(self) -> TwinWarehouse:
        """Tables."""
        from groundwork.twin.bigquery.warehouse import TwinWarehouse  # noqa: PLC0415  late on purpose

        return TwinWarehouse(self._store, self._identity)

    @cached_property
    def runner(self) -> TwinRunner:
        """Pipelines."""
        from groundwork.twin.vertex.runner import TwinRunner  # noqa: PLC0415  late on purpose

        return TwinRunner(self._store, self._identity)

    @cached_property
    def builds(self) -> TwinBuilds:
        """Builds."""
        from groundwork.twin.cloudbuild.client import TwinBuilds  # noqa: PLC0415  late on purpose

        return TwinBuilds(self._store, self._identity)

    def models(self, project: str) -> Models:
        """Return the registry of a project."""
        from groundwork.twin.vertex.models_client import twin_models  # noqa: PLC0415  late on purpose

        return twin_models(self._store, self._identity, project)

    def schedules(self, project: str) -> Schedules:
        """Return the schedules of a project."""
        from groundwork.twin.vertex.schedules_client import twin_schedules  # noqa: PLC0415  late on purpose

        return twin_schedules(self._store, self._identity, project)

    def git_provider(self, remote: str, secret: str) -> GitProvider:
        """Return a repository, with the credential in a secret."""
        from groundwork.twin.github.client import twin_git_provider  # noqa: PLC0415  late on purpose

        return twin_git_provider(self._store, self._identity, remote, secret)

    def secret(self, name: str) -> str:
        """Return the payload of a secret."""
        from groundwork.twin.secretmanager.client import twin_secret  # noqa: PLC0415  late on purpose

        return twin_secret(self._store, self._identity, name)

    @cached_property
    def stacks(self) -> Stacks:
        """Candidates' stacks."""
        from groundwork.twin.interfaces.pulumi.candidate_stacks import twin_stacks  # noqa: PLC0415  late on purpose

        return twin_stacks(self._store, self._identity)

    @cached_property
    def objects(self) -> TwinObjects:
        """Objects."""
        from groundwork.twin.storage.client import TwinObjects  # noqa: PLC0415  late on purpose

        return TwinObjects(self._store, self._identity)

    @cached_property
    def notifications(self) -> apprise.Apprise:
        """The outbox."""
        from groundwork.twin.pubsub.notifications import TwinNotifications  # noqa: PLC0415  late on purpose

        return TwinNotifications(self._store, self._identity)
