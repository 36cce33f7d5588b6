"""The folders of one build: a checkout of one commit, a folder for HOME, temporary files; removed when it ends."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from groundwork.twin.cloudbuild import history
from groundwork.twin.github.git import git

if TYPE_CHECKING:
    from collections.abc import Iterator

    from groundwork.twin.core.store import Store


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """The folders of one build."""

    checkout: Path
    user_folder: Path
    scripts: Path
    temporary: Path


@contextmanager
def workspace(store: Store, build: str) -> Iterator[Workspace]:
    """Make a build's folders, and remove them at the end."""
    root = history.workspace_path(store, build)
    folders = Workspace(
        checkout=root / "checkout", user_folder=root / "user", scripts=root / "scripts", temporary=_temporary(build)
    )  # fmt: skip
    try:
        for folder in (folders.checkout, folders.user_folder, folders.scripts):
            folder.mkdir(parents=True)
        folders.temporary.mkdir(mode=0o700)
        yield folders
    finally:
        remove(store, build)


def remove(store: Store, build: str) -> None:
    """Remove a build's folders; an absence is not an error."""
    store.remove_tree(history.workspace_path(store, build))
    shutil.rmtree(_temporary(build), ignore_errors=True)


def check_out(folder: Path, repository: Path, commit: str) -> None:
    """Fetch one commit into an empty folder, as Cloud Build does: no history, no branch."""
    git(folder, "init", "--quiet", "--template=", "--initial-branch=main")
    git(folder, "remote", "add", "origin", repository.resolve().as_uri())
    git(folder, "fetch", "--quiet", "--depth=1", "--no-tags", "origin", commit)
    git(folder, "checkout", "--quiet", "--detach", commit)


def _temporary(build: str) -> Path:
    """Return a folder outside of the twin: programs put sockets there, and a socket's path must be short."""
    return Path(tempfile.gettempdir()) / f"groundwork-{build[:13]}"
