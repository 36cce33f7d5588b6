"""Formats paths of files and folders for people and for Pulumi."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote


def from_here(path: Path) -> Path:
    """Return a path relative to the current folder if it lies below, so that a terminal or an editor can open it."""
    current = Path.cwd()
    return path.relative_to(current) if path.is_relative_to(current) else path


def state_url(folder: Path) -> str:
    """Return the address at which Pulumi keeps states in a folder, for a path with any characters.

    It disables the metadata files: Pulumi does not write them atomically, and a kill would make a state unreadable.
    """
    return f"file://{quote(str(folder))}?metadata=skip"
