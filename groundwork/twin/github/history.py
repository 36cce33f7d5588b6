"""Reads and writes of one bare repository. Names, paths and messages in it are untrusted, and only ever data."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from groundwork.contract.accounts import account
from groundwork.ports.errors import Absent, Conflict, Unavailable
from groundwork.ports.git_provider import LINE, MOST, MOST_PEOPLE, Commit, Difference, FileChange
from groundwork.twin.github.git import EMPTY_TREE, is_object, output

HEADS = "refs/heads/"
TRUNK = "main"
_FILE = b"100"
_COMMITTER = {"NAME": "groundwork factory", "EMAIL": "factory@groundwork.invalid"}
_RENAMES = "-l400"
"""The most files that are compared with each other to find renames; in larger changes only files with equal content are."""
_CO_AUTHOR = re.compile(r"(?:^|[\r\n])[ \t]*co-authored-by[ \t]*:([^\r\n]*)", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s<>,;]+@[^\s<>,;]+")
_PLAIN = ("--no-show-signature", "--no-mailmap", "--no-color")
_COMMIT = "--format=%H%x00%ae%x00%s%x00%ct%x00%P%x00"
_NO_DRIVERS = ("--no-ext-diff", "--no-textconv", "--no-color")


class History:
    """Branches and commits. Every name is given to git in full, so that none is an option, an expression or a pattern."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def branches(self) -> Mapping[str, str]:
        """Return every branch and its commit."""
        return self._heads()

    def unmerged(self, into: Collection[str]) -> Mapping[str, str]:
        """Return the branches that are in the history of none of these commits."""
        for commit in into:
            self.require(commit)
        return self._heads(*(f"--no-merged={commit}" for commit in into))

    def _heads(self, *options: str) -> Mapping[str, str]:
        raw = self._must("for-each-ref", "--format=%(objectname) %(refname)", *options, HEADS)
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
        (found,) = _commits(self._must("log", "-1", *_PLAIN, _COMMIT, "--end-of-options", commit))
        return found

    def line(self, commit: str, since: Collection[str], below: str) -> list[Commit]:
        """Return the commits that changed something below a folder on a line of first parents, newest first."""
        limits = ("--first-parent", f"--max-count={LINE}")
        return _commits(self._must("log", *limits, *_PLAIN, _COMMIT, *self._range(commit, since), "--", below))

    def people(self, commit: str, since: Collection[str], pushed: Mapping[str, Collection[str]]) -> frozenset[str]:
        """Return the accounts with a part in the commits that a commit adds; `pushed` has the pushers by commit."""
        form = "--format=%H%x00%ae%x00%ce%x00%B%x00"
        parts = self._must("log", f"--max-count={MOST + 1}", *_PLAIN, form, *self._range(commit, since)).split(b"\0")[:-1]
        rows = [parts[first : first + 4] for first in range(0, len(parts), 4)]
        found = {account(each) for row in rows for each in _people(row, pushed)} - {""}
        if len(rows) > MOST or len(found) > MOST_PEOPLE:
            raise Conflict(
                f"{commit[:12]} brings more than {MOST} commits, or commits of more than {MOST_PEOPLE} people",
                "push it in smaller parts: the authors of this many commits cannot be checked",
            )
        return frozenset(found)

    def pushed(self, commit: str, before: str | None, branch: str) -> list[str]:
        """Return the commits that came with a push: those that no other branch had, and always the newest."""
        others = ["--not", *([before] if before else []), f"--exclude={branch}", "--branches"]
        raw = self._must("rev-list", f"--max-count={MOST}", commit, *others)
        return list(dict.fromkeys([commit, *_text(raw).split()]))

    def _range(self, commit: str, since: Collection[str]) -> list[str]:
        for each in (commit, *since):
            self.require(each)
        return [commit, *(f"^{each}" for each in since)]

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

    def own(self, commit: str, since: str | None, trunk: str | None) -> list[str]:
        """Return the paths of which neither branch, nor both merged by themselves, explains what a commit has there, sorted."""
        left = self._all_left(commit, since)
        if not left or trunk is None:
            return self.changed(commit, left[0] if left else None)
        here, now = self._unlike(commit, [*left, *self._all_left(commit, trunk)]), self._unlike(commit, [*left, trunk])
        return sorted(os.fsdecode(path) for path in here & now)

    def _all_left(self, commit: str, head: str | None) -> list[str]:
        """Return where a commit left another one's history: several commits where the two were merged crosswise."""
        code, out, _ = output(self._path, "merge-base", "--all", commit, head) if head else (1, b"", "")
        return [] if code else _text(out).split()

    def _unlike(self, commit: str, sources: Sequence[str]) -> set[bytes]:
        """Return the paths at which a commit differs from an automatic merge of the sources.

        Where two sources have a path changed differently, no such merge says what it should be: it counts.
        """
        apart = _text(self._must("merge-base", "--independent", *dict.fromkeys(sources))).split()
        base = self._common(apart)
        mine, theirs = self._entries(base, commit), [self._entries(base, each) for each in apart]
        found = set()
        for path in mine.keys() | {path for entries in theirs for path in entries}:
            made = {entries[path] for entries in theirs if path in entries}
            if len(made) > 1 or mine.get(path) != next(iter(made), None):
                found.add(path)
        return found

    def _common(self, commits: Sequence[str]) -> str:
        code, out, _ = output(self._path, "merge-base", "--octopus", *commits)
        return EMPTY_TREE if code else _text(out).split()[0]

    def _entries(self, base: str, commit: str) -> dict[bytes, bytes]:
        """Return mode and object of every path that is not as in `base`."""
        raw = self._must("diff-tree", "-r", "-z", "--raw", "--no-renames", base, commit).split(b"\0")
        return {path: b" ".join(facts.split(b" ")[1:4:2]) for facts, path in zip(raw[::2], raw[1::2], strict=False)}

    def read(self, path: str, commit: str) -> bytes:
        """Return a plain file of a commit; raises Absent, for a link too."""
        self.require(commit)
        code, raw, _ = output(self._path, "ls-tree", "--full-tree", "-z", commit, "--", path) if _sayable(path) else (1, b"", "")
        for entry in () if code else raw.split(b"\0"):  # git says no to a path that leads out of the repository
            facts, _, name = entry.partition(b"\t")
            if facts.startswith(_FILE) and os.fsdecode(name) == path:
                return self._must("cat-file", "blob", _text(facts.split()[2]))
        raise Absent(f"there is no file {path!r} in {commit[:12]}", "name a file, not a folder, a link or a submodule")

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
    """Yield the fields of `--raw -z` for each file: modes, objects and status, the path before and the path after."""
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


def _commits(raw: bytes) -> list[Commit]:
    parts = _text(raw).split("\0")[:-1]
    rows = [parts[first : first + 5] for first in range(0, len(parts), 5)]
    return [
        Commit(id=id_.strip(), author=author, subject=subject, at=_time(seconds), parents=tuple(parents.split()))
        for id_, author, subject, seconds, parents in rows
    ]


def _people(row: Sequence[bytes], pushed: Mapping[str, Collection[str]]) -> Iterable[str]:
    id_, author, committer, message = (_text(part) for part in row)
    named = (address for line in _CO_AUTHOR.findall(message) for address in _ADDRESS.findall(line))
    return [author, committer, *named, *pushed.get(id_.strip(), ())]


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
