"""Names of files and folders, for people and for Pulumi."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote


def from_here(path: Path) -> Path:
    """Return a path relative to the current folder if it lies below, so that a terminal or an editor can open it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def state_url(folder: Path) -> str:
    """Return the URL at which Pulumi keeps states in a folder; its path may contain any character.

    Without the side files of metadata: they are not written whole, and a kill there makes a state unreadable.
    """
    return f"file://{quote(str(folder))}?metadata=skip"
