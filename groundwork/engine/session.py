"""A platform as a person's commands use it: what builds use (`ports/platform.py`), the engine, and a person's own rights."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from groundwork.ports.events import Events
from groundwork.ports.prerequisites import Prerequisites

if TYPE_CHECKING:
    import pandas as pd

    from groundwork.engine.stack import Stack
    from groundwork.engine.state_migration import StateBackend
    from groundwork.ports.platform import Platform
    from groundwork.ports.warehouse import Table


class Session(Protocol):
    """One platform, used by the person at the keyboard."""

    location: str
    """As shown to people: `the twin in /…`."""
    pulumi: Path
    """The folder whose `bin/pulumi` is run."""

    @property
    def platform(self) -> Platform:
        """The platform that builds use too, as the person at the keyboard sees it."""
        ...

    @property
    def events(self) -> Events:
        """Events that start builds."""
        ...

    @property
    def prerequisites(self) -> Prerequisites:
        """The prerequisites that people create by hand."""
        ...

    def open(self) -> None:
        """Make sure that the platform exists, and stays until this process ends; raises GroundworkError."""
        ...

    def prepare(self) -> None:
        """Create the platform where groundwork can: the twin. Twice changes nothing."""
        ...

    def variables(self) -> dict[str, str]:
        """Return the whole environment of a process that works on this platform."""
        ...

    def stack(self, name: str, checkout: Path) -> Stack:
        """Return the stack of an environment."""
        ...

    def recover(self, stack: Stack) -> list[str]:
        """End what a killed process left running, unlock the stack and adopt resources; return what was done, as sentences."""
        ...

    def states(self, bucket: str | None = None) -> StateBackend:
        """Return where Pulumi's states are: in a bucket, or (None) on this machine."""
        ...

    def put_secret(self, project: str, secret: str, payload: str) -> str:
        """Store a payload as the newest version of a secret; return the version's full name. Raises Absent and Denied."""
        ...

    def query_files(self, sql: str, tables: Mapping[str, tuple[Table, Path]]) -> pd.DataFrame:
        """Return the rows of a SELECT over Parquet files, each with its declared columns, by the names that the SELECT uses."""
        ...
