"""The twin, as a person's commands use it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from groundwork.errors import GroundworkError
from groundwork.paths import state_url
from groundwork.twin.core import shell, twin_lock
from groundwork.twin.core.store import Store

if TYPE_CHECKING:
    import pandas as pd

    from groundwork.engine.stack import Stack
    from groundwork.engine.state_migration import StateBackend
    from groundwork.ports.platform import Platform
    from groundwork.ports.warehouse import Table
    from groundwork.twin.events import TwinEvents

TWIN_ENV = 'eval "$(.venv/bin/groundwork twin env)"'


class TwinSession:
    """See `groundwork.engine.session.Session`; each part is loaded when it is first used."""

    def __init__(self, root: Path) -> None:
        self.location = f"the twin in {root}"
        self.pulumi = root
        self._root = root
        self._lock: twin_lock.Held | None = None

    @cached_property
    def platform(self) -> Platform:
        """The platform that builds use too."""
        from groundwork.twin.platform import twin_platform  # noqa: PLC0415  late on purpose

        return twin_platform(str(self._root), None)

    @cached_property
    def events(self) -> TwinEvents:
        """Events that start builds."""
        from groundwork.twin.events import TwinEvents  # noqa: PLC0415  late on purpose

        return TwinEvents(self._store)

    @property
    def prerequisites(self) -> TwinPrerequisites:
        """The prerequisites, which `groundwork twin env` creates."""
        return TwinPrerequisites(self._root)

    def open(self) -> None:
        """Keep `groundwork twin reset` from removing the twin until this process ends; raises GroundworkError without a twin."""
        self._require_twin()
        self._lock = twin_lock.share(self._root)
        self._require_twin()  # a reset that was waited for has removed it

    def prepare(self) -> None:
        """Create the twin, or bring its programs up to date."""
        shell.make(self._root)

    def variables(self) -> dict[str, str]:
        """Return the whole environment of a process on the twin."""
        return shell.environment(self._root)

    def stack(self, name: str, checkout: Path) -> Stack:
        """Return the stack of an environment."""
        from groundwork.engine.stack import Stack  # noqa: PLC0415  the Automation API loads slowly

        return Stack(name, checkout, self.variables(), self.pulumi)

    def recover(self, stack: Stack) -> list[str]:
        """End processes of killed builds, unlock the stack and adopt resources of an interrupted `pulumi up`."""
        from groundwork.twin.cloudbuild.recover import recover as recover_builds  # noqa: PLC0415  late on purpose
        from groundwork.twin.interfaces.pulumi import recovery  # noqa: PLC0415  late on purpose

        store = shell.make(self._root)
        return [*recover_builds(store), *recovery.recover(store, stack)]

    def states(self, bucket: str | None = None) -> StateBackend:
        """Return where Pulumi's states are: in a bucket of the twin, or in the twin's own folder."""
        from groundwork.engine.state_migration import StateBackend  # noqa: PLC0415  the Automation API loads slowly
        from groundwork.twin.interfaces.pulumi import recovery  # noqa: PLC0415  late on purpose

        if bucket is None:
            return StateBackend(
                url=self.variables()["PULUMI_BACKEND_URL"],
                ready=lambda: True,
                recover=lambda stack: recovery.recover(self._store, stack),
            )
        folder = self._root / "buckets" / bucket
        return StateBackend(
            url=state_url(folder), ready=folder.is_dir, recover=lambda stack: recovery.recover(self._store, stack, folder)
        )

    def put_secret(self, project: str, secret: str, payload: str) -> str:
        """Store a payload as the newest version of a secret."""
        from groundwork.twin.secretmanager.client import put_version  # noqa: PLC0415  late on purpose

        return put_version(self._store, project, secret, payload)

    def query_files(self, sql: str, tables: Mapping[str, tuple[Table, Path]]) -> pd.DataFrame:
        """Return the rows of a SELECT over Parquet files."""
        from groundwork.twin.bigquery.duckdb_reader import Source, read  # noqa: PLC0415  slow to load

        return read(sql, {name: Source(table=table, files=(file,)) for name, (table, file) in tables.items()})

    @cached_property
    def _store(self) -> Store:
        return Store(self._root)

    def _require_twin(self) -> None:
        if not (self._root / "twin.sqlite").is_file():
            raise GroundworkError("twin-not-found", f"there is no twin in {self._root}", f"run `make demo`, or `{TWIN_ENV}`")


class TwinPrerequisites:
    """See `groundwork.ports.prerequisites.Prerequisites`."""

    remedy = TWIN_ENV

    def __init__(self, root: Path) -> None:
        self.location = f"the twin in {root}"
        self._root = root

    def has_project(self, project: str) -> bool:
        """Return whether the twin exists: it has every project that an environment file names."""
        _ = project
        return (self._root / "twin.sqlite").is_file()

    def has_secret(self, project: str, secret: str) -> bool:
        """Return whether the secret has a latest version."""
        from groundwork.twin.secretmanager.resources import find_version  # noqa: PLC0415  late on purpose

        name = f"projects/{project}/secrets/{secret}/versions/latest"
        return self.has_project(project) and find_version(Store(self._root), name) is not None

    def has_repository(self, remote: str) -> bool:
        """Return whether the bare repository exists."""
        from groundwork.twin.github.repositories import repository_path  # noqa: PLC0415  late on purpose

        return self.has_project("") and repository_path(Store(self._root), remote).is_dir()
