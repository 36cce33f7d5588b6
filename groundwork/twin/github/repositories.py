"""Paths of the Git provider's repositories on the twin."""

from __future__ import annotations

import re
from pathlib import Path

from groundwork.twin.core.store import Refused, Store

REMOTE = re.compile(r"https://[^/]+/([A-Za-z0-9-]+)/([A-Za-z0-9_][A-Za-z0-9._-]*)\.git")


def repository_path(store: Store, remote: str) -> Path:
    """Return the bare repository of a remote, `repositories/<owner>/<name>.git`; the host does not matter. Raises Refused."""
    match = REMOTE.fullmatch(remote)
    if not match:
        raise Refused(f"`{remote}` is not the address of a repository", "write `https://github.com/<owner>/<name>.git`")
    return store.root / "repositories" / match[1] / f"{match[2]}.git"
