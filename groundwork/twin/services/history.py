"""What the forge reads and writes of one bare repository. Names, paths and messages in it are anybody's, and only ever data."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from groundwork.ports.errors import Absent, Conflict, Unavailable
from groundwork.ports.forge import Commit, Difference, FileChange
from groundwork.twin.builds.git import EMPTY_TREE, is_object, output

HEADS = "refs/heads/"
TRUNK = "main"
_FILE = b"100"
_COMMITTER = {"NAME": "groundwork factory", "EMAIL": "factory@groundwork.invalid"}
_RENAMES = "-l400"
"""How many files are compared with each other to find renames; in a larger change, only those whose content stayed are."""
_NO_DRIVERS = ("--no-ext-diff", "--no-textconv", "--no-color")


class History:
    """Branches and commits. Every name is given to git in full, so that none is an option, an expression or a pattern."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def branches(self) -> Mapping[str, str]:
        """Return every branch and its commit."""
        raw = self._must("for-each-ref", "--format=%(objectname) %(refname)", HEADS)
        lines = os.fsdecode(raw).split("\n")[:-1]  # a name may hold other line ends than this one
        return {ref.removeprefix(HEADS): commit for commit, _, ref in (line.partition(" ") for line in lines)}

    def head(self, branch: str) -> str | None:
        """Return the commit that a branch is at, if there is such a branch."""
        if not _sayable(branch):
            return None
        code, out, _ = output(self._path, "show-ref", "--verify", "--hash", "--", f"{HEADS}{branch}")
        return None if code else _text(out).strip()

    def commit(self, commit: str) -> Commit:
        """Return one commit; raises Absent."""
        self.require(commit)
        form = "--format=%ae%x00%s%x00%ct%x00%P"
        raw = self._must("log", "-1", "--no-show-signature", "--no-mailmap", form, "--end-of-options", commit)
        author, subject, seconds, parents = _text(raw).rstrip("\n").split("\0")
        return Commit(id=commit, author=author, subject=subject, at=_time(seconds), parents=tuple(parents.split()))

    def require(self, commit: str) -> None:
        """Raise Absent unless this is a commit's full hash."""
        if not is_object(commit) or _text(output(self._path, "cat-file", "-t", commit)[1]).strip() != "commit":
            raise Absent(
                f"there is no commit {commit!r}", "give a commit's full hash, as `git rev-parse` prints it; push it first"
            )

    def contains(self, head: str | None, commit: str) -> bool:
        """Return whether a commit is in the history of another."""
        self.require(commit)
        return head is not None and output(self._path, "merge-base", "--is-ancestor", commit, head)[0] == 0

    def left(self, commit: str, head: str | None) -> str | None:
        """Return where a commit left another one's history, if they have any in common."""
        code, out, _ = output(self._path, "merge-base", commit, head) if head else (1, b"", "")
        return None if code else _text(out).split()[0]

    def changed(self, commit: str, since: str | None) -> list[str]:
        """Return the paths that differ between two commits, sorted; every path where there is no first one."""
        self.require(commit)
        raw = self._must("diff-tree", "-r", "-z", "--name-only", "--no-renames", since or EMPTY_TREE, commit)
        return sorted(os.fsdecode(path) for path in raw.split(b"\0") if path)

    def difference(self, commit: str, base: str) -> Difference:
        """Return every file that a commit changed since it parted from another; raises Conflict where that is not one place."""
        self.require(commit)
        self.require(base)
        parted = _text(output(self._path, "merge-base", "--all", base, commit)[1]).split()
        if len(parted) > 1:
            raise Conflict(
                f"{commit[:12]} parted from {base[:12]} in {len(parted)} places", "merge the branch that it goes to, and push"
            )
        since = parted[0] if parted else ""
        raw = self._must("diff-tree", "-r", "-z", "--raw", "--no-abbrev", "-M", _RENAMES, since or EMPTY_TREE, commit)
        rows = list(_rows([part for part in raw.split(b"\0") if part]))
        sizes = self._sizes({name for facts, _, _ in rows for name in facts[2:4]})
        files = [_change(facts, before, after, sizes) for facts, before, after in rows]
        return Difference(since=since, files=tuple(sorted(files, key=lambda file: file.path or file.path_before)))

    def _sizes(self, objects: Collection[str]) -> dict[str, int]:
        """Return the size of each of these objects that is here: a submodule's commit is not."""
        asked = "".join(f"{name}\n" for name in sorted(objects))
        rows = _text(self._must("cat-file", "--batch-check=%(objectname) %(objectsize)", reads=asked.encode())).splitlines()
        return {name: int(size) for name, _, size in (row.partition(" ") for row in rows) if size.isdecimal()}

    def read(self, path: str, commit: str) -> bytes:
        """Return a plain file of a commit; raises Absent, for a link too."""
        self.require(commit)
        code, raw, _ = output(self._path, "ls-tree", "--full-tree", "-z", commit, "--", path) if _sayable(path) else (1, b"", "")
        for entry in () if code else raw.split(b"\0"):  # git says no to a path that leads out of the repository
            facts, _, name = entry.partition(b"\t")
            if facts.startswith(_FILE) and os.fsdecode(name) == path:
                return self._must("cat-file", "blob", _text(facts.split()[2]))
        raise Absent(f"there is no file {path!r} in {commit[:12]}", "a folder, a link and a submodule are no files")

    def diff(self, since: str, commit: str) -> str:
        """Return a unified diff. Nothing that a repository configures takes part in it."""
        return _text(self._must("diff-tree", "-p", "-r", "-M", *_NO_DRIVERS, since, commit))

    def merged(self, base: str, commit: str, message: str) -> str:
        """Make a merge commit of two commits and return it; no branch is moved. Raises Conflict with the files that clash."""
        code, out, words = output(self._path, "merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", base, commit)
        tree, *clashes = [part for part in out.split(b"\0") if part] or [b""]
        if code == 1:
            files = ", ".join(repr(os.fsdecode(name)) for name in clashes[:10])
            raise Conflict(
                f"{commit[:12]} cannot be merged: both sides changed {files}", "merge the base into the branch, and push"
            )
        if code:
            raise Conflict(f"{commit[:12]} cannot be merged: {words}", "begin the branch where its base is")
        at = {f"GIT_{who}_DATE": f"@{int(datetime.now(UTC).timestamp())} +0000" for who in ("AUTHOR", "COMMITTER")}
        who = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in _COMMITTER.items()}
        text = message.encode("utf-8", "replace").replace(b"\0", b"")
        made = self._must("commit-tree", _text(tree), "-p", base, "-p", commit, "-F", "-", reads=text, **at, **who)
        return _text(made).strip()

    def move(self, branch: str, *, before: str | None, to: str) -> bool:
        """Move a branch, or make it (`before` is None); return False where it is not at `before` any more."""
        code, _, words = output(self._path, "update-ref", "--no-deref", f"{HEADS}{branch}", to, before or "0" * len(to))
        if code and self.head(branch) == before:
            raise Conflict(f"the branch {branch!r} cannot be written: {words}", "choose another name for it")
        return not code

    def nameable(self, branch: str) -> bool:
        """Return whether a branch may have this name."""
        return _sayable(branch) and output(self._path, "check-ref-format", f"{HEADS}{branch}")[0] == 0

    def _must(self, *arguments: str, reads: bytes = b"", **environment: str) -> bytes:
        code, out, words = output(self._path, *arguments, reads=reads, **environment)
        if code:
            raise Unavailable(f"git {arguments[0]} failed: {words}", "look at the repository on the twin with git, and try again")
        return out


def _rows(parts: list[bytes]) -> Iterator[tuple[list[str], str, str]]:
    """Yield what `--raw -z` says of each file: modes, objects and status, the path before and the path after."""
    rest = iter(parts)
    for facts in rest:
        words = _text(facts).removeprefix(":").split(" ")
        before = os.fsdecode(next(rest))
        yield words, before, os.fsdecode(next(rest)) if words[4].startswith("R") else before


def _change(facts: list[str], before: str, after: str, sizes: Mapping[str, int]) -> FileChange:
    mode_before, mode, was, now, status = facts
    new, gone = status == "A", status == "D"
    return FileChange(
        path="" if gone else after,
        path_before="" if new else before,
        mode="" if gone else mode,
        mode_before="" if new else mode_before,
        size=sizes.get(now, 0),
        size_before=sizes.get(was, 0),
    )


def _sayable(name: str) -> bool:
    """Return whether a program can be given this as an argument."""
    try:
        return bool(name) and b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:
        return False


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _time(seconds: str) -> datetime:
    """Return the time that a commit says; for one that no calendar has, the beginning of time."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)
