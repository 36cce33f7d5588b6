"""The content of a twin, read with ordinary tools and nothing of the product: files, SQLite rows, git refs, Pulumi's states.

`python groundwork/cli/demo/snapshot.py TWIN [--without-branch BRANCH…] > before.json`, and later `… --compare before.json`, which
prints every difference and exits with 1 when there is one. The comparison leaves out only what a rejection keeps:
branches that people pushed (named with `--without-branch`), logs and messages, the history of builds, runs and closed pull
requests, the ledger, cached heads of branches, and the cooldown of the identity that was leased.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sqlite3
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

_FOLDERS = ("buckets", "secrets", "state", "warehouse", "workspaces")
"""Left out: `logs`, `outbox` (what was said), `locks` (who is at work), `bin`, `projects`, `pulumi` (programs, their caches)."""

_HISTORY = {"builds", "needed_grants", "runs"}
_LEDGER = "-ledger"
_RECORDS = "-records"
_REMEMBERED = {"looked", "rests"}
"""Caches of branch heads, and the cooldown of an identity after its lease."""
_OPEN_ONLY = "pull_requests"
_OF_PULL_REQUESTS = {"comments", "decisions"}
_OF_THE_DATABASE = {"sqlite_sequence"}
"""How many rows there ever were, kept by SQLite."""


def snapshot(twin: Path, *, without: Collection[str] = ()) -> dict[str, str]:
    """Return everything that is live on a twin, each name with its content; `without` are branches to leave out."""
    return dict(sorted([*_files(twin), *_rows(twin), *_refs(twin, without)]))


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Return every difference as one line."""
    lines = [f"left behind: {name}" for name in after if name not in before]
    lines += [f"gone: {name}" for name in before if name not in after]
    return lines + [f"changed: {name}" for name in after if name in before and before[name] != after[name]]


def _files(twin: Path) -> Iterator[tuple[str, str]]:
    for folder in _FOLDERS:
        for path in (twin / folder).rglob("*"):
            name = str(path.relative_to(twin))
            if folder == "buckets" and _is_left_out(path.relative_to(twin / folder).parts):
                continue
            if path.is_file():
                yield name, hashlib.sha256(path.read_bytes()).hexdigest()
            elif folder == "warehouse":
                yield name, "a folder"


def _is_left_out(parts: tuple[str, ...]) -> bool:
    return parts[0].endswith(_LEDGER) or (parts[0].endswith(_RECORDS) and not _REMEMBERED.isdisjoint(parts[1:2]))


def _rows(twin: Path) -> Iterator[tuple[str, str]]:
    with sqlite3.connect(f"{(twin / 'twin.sqlite').resolve().as_uri()}?mode=ro", uri=True) as records:
        records.row_factory = sqlite3.Row
        tables = [name for (name,) in records.execute("select name from sqlite_master where type = 'table'")]
        for table in set(tables) - _HISTORY - _OF_PULL_REQUESTS - _OF_THE_DATABASE:
            for row in records.execute(f'select * from "{table}"'):  # noqa: S608  the table's own name
                values = dict(row)
                if table == _OPEN_ONLY and values["state"] != "open":
                    continue
                yield f"{table}: {json.dumps(values, default=str, sort_keys=True)}", ""


def _refs(twin: Path, without: Collection[str]) -> Iterator[tuple[str, str]]:
    for repository in (twin / "repositories").glob("*/*.git"):
        shown = subprocess.run(["git", "for-each-ref"], cwd=repository, capture_output=True, text=True, check=True).stdout
        for line in shown.splitlines():
            commit, ref = line.partition(" ")[0], line.rpartition("\t")[2]
            if ref.removeprefix("refs/heads/") not in without:
                yield f"{repository.name}: {ref}", commit


def main() -> int:
    """Print a snapshot, or compare with one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("twin", type=Path)
    parser.add_argument("--without-branch", action="append", default=[])
    parser.add_argument("--compare", type=Path)
    given = parser.parse_args()
    now = snapshot(given.twin, without=given.without_branch)
    if given.compare is None:
        json.dump(now, sys.stdout, indent=1)
        return 0
    found = differences(json.loads(given.compare.read_text()), now)
    for line in found:
        print(line)  # noqa: T201  a script prints
    print(f"{len(now)} things compared, {len(found)} differences")  # noqa: T201  as above
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
