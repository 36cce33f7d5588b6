"""Where an environment will be, looked at without changing anything: the twin."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from groundwork.onboarding.conflicts import Finding
from groundwork.twin.core.store import Store
from groundwork.twin.github.repositories import repository_path
from groundwork.twin.secretmanager.resources import find_version

TWIN_ENV = 'eval "$(.venv/bin/groundwork twin env)"'


class Place(Protocol):
    """What people prepare by hand, looked for; each method returns what is wrong, or None."""

    def project(self, project: str) -> Finding | None:
        """Look for the project."""

    def secret(self, project: str, secret: str) -> Finding | None:
        """Look for a secret with a value."""

    def repository(self, remote: str) -> Finding | None:
        """Look for the repository."""


@dataclass(frozen=True)
class Twin:
    """The twin in a folder; `groundwork twin env` prepares it for every environment file, as a person prepares Google."""

    root: Path

    def project(self, project: str) -> Finding | None:
        """Find nothing wrong: the twin has every project that a file names."""
        _ = project
        return None if self._there else self._missing("twin-not-found", f"there is no twin in {self.root}")

    def secret(self, project: str, secret: str) -> Finding | None:
        """Look for its latest version."""
        there = self._there and find_version(Store(self.root), f"projects/{project}/secrets/{secret}/versions/latest")
        return None if there else self._missing("secret-without-value", f"the secret `{secret}` of {project} has no value")

    def repository(self, remote: str) -> Finding | None:
        """Look for the bare repository that stands for it."""
        there = self._there and repository_path(Store(self.root), remote).is_dir()
        return None if there else self._missing("no-repository", f"there is no repository {remote}")

    @property
    def _there(self) -> bool:
        return (self.root / "twin.sqlite").is_file()

    def _missing(self, code: str, message: str) -> Finding:
        return Finding(code=code, message=f"{message} on the twin", hint=f"run `{TWIN_ENV}`, which makes what is missing")
