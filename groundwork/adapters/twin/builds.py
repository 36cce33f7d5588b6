"""The builds that the twin's triggers started."""

from __future__ import annotations

from groundwork.ports.builds import Build
from groundwork.twin.home import Home
from groundwork.twin.services.builds import all_builds, get_build, log_path


class TwinBuilds:
    """`Builds`, out of the twin's records."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def builds(self) -> list[Build]:
        """Return every build, newest first."""
        return all_builds(self._home)

    def get(self, build: str) -> Build:
        """Return one build."""
        return get_build(self._home, build)

    def log(self, build: str) -> str:
        """Return a build's log so far; empty before its first line."""
        path = log_path(self._home, get_build(self._home, build).id)
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
