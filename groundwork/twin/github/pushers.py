"""Records which account pushed which commits: append-only lines in a file within the repository."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

_FILE = "groundwork-pushers"


def record(repository: Path, commits: Iterable[str], pusher: str) -> None:
    """Record the account that pushed commits; an unknown account is not recorded."""
    if pusher:
        with (repository / _FILE).open("a") as file:
            file.write("".join(json.dumps([commit, pusher]) + "\n" for commit in commits))


def pushers(repository: Path) -> Mapping[str, Collection[str]]:
    """Return by commit the accounts that pushed it; a half-written line of a killed push is ignored."""
    found: dict[str, set[str]] = {}
    file = repository / _FILE
    for line in file.read_text().splitlines() if file.exists() else ():
        if line.endswith("]"):
            commit, pusher = json.loads(line)
            found.setdefault(commit, set()).add(pusher)
    return found
