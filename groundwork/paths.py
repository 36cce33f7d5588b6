"""How files are named to people."""

from __future__ import annotations

from pathlib import Path


def from_here(path: Path) -> Path:
    """Return a path as seen from the folder we are in, if it lies below: what a terminal or an editor can follow."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
