"""Removes the twin in a folder, and the demo's clones of its repositories.

Files are first moved into one folder beside the twin that nothing reads: killed at any point, nothing uses half-removed files,
and the next reset removes the leftovers.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from groundwork.errors import GroundworkError
from groundwork.twin.core import twin_lock
from groundwork.twin.github.git import ask

DEMO = "demo"
"""Folder beside the twin in which the demo's clones are."""


def reset(root: Path) -> bool:
    """Remove a twin, complete or not; return whether there was anything. Raises GroundworkError while it is in use."""
    _require_twin(root)
    if not root.parent.exists():
        return False
    with twin_lock.alone(root):
        going = [*_clones(root), *([root] if root.exists() else [])]
        trash = root.with_name(f"{root.name}-removed")
        if not going and not trash.exists():
            return False
        trash.mkdir(exist_ok=True)
        for folder in going:
            folder.rename(Path(tempfile.mkdtemp(dir=trash)) / folder.name)
        shutil.rmtree(trash)
        return True


def _require_twin(root: Path) -> None:
    """Refuse a folder that is none of ours: a variable may name any."""
    if root.parent.name != ".groundwork" and root.exists() and any(root.iterdir()) and not (root / "twin.sqlite").exists():
        raise GroundworkError("twin-invalid", f"{root} is not a twin; nothing was removed", "check the variable GROUNDWORK_TWIN")


def _clones(root: Path) -> Iterator[Path]:
    """Yield the demo's clones, also unfinished ones; any other folder stays."""
    for folder in (root.parent / DEMO).glob("*"):
        origin = ask(folder, "config", "--local", "remote.twin.url") if (folder / ".git").exists() else None
        if folder.name.endswith(".unfinished") or (origin and Path(origin).is_relative_to(root)):
            yield folder
