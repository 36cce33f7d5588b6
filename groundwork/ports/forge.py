"""Where the client's code is reviewed: branches, commits and pull requests of one repository.

The forge owns verdicts. It takes exactly one per pull request, and only one that is bound to what was seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Commit:
    """One commit."""

    id: str
    """Full hash."""
    author: str
    """E-mail address, as the commit says; whoever pushed may have written anything there."""
    subject: str
    at: datetime
    parents: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class FileChange:
    """One file that two commits differ in."""

    path: str
    """Empty where it was removed."""
    path_before: str
    """Empty where it is new; another path than `path` where it was renamed."""
    mode: str
    """As git writes it: `100644`, `100755` for a program, `120000` for a link, `160000` for a submodule; empty like the path."""
    mode_before: str
    size: int
    """Bytes; 0 for what is not there, and for a submodule."""
    size_before: int


@dataclass(frozen=True, kw_only=True)
class Difference:
    """All that a commit changed since it parted from another."""

    since: str
    """The commit that both have in common, in full; empty where there is none, so that everything is new."""
    files: tuple[FileChange, ...]
    """By path."""


@dataclass(frozen=True, kw_only=True)
class PullRequest:
    """One proposal to merge a branch into another."""

    number: int
    title: str
    body: str
    """Markdown."""
    head: str
    """The branch that is proposed."""
    base: str
    """The branch that it is to be merged into."""
    commit: str
    """The commit that is proposed, in full: a later push to `head` does not change it."""
    author: str
    """E-mail address of whose change it is; may not give the verdict."""
    reviewers: tuple[str, ...]
    """E-mail addresses of those of whom one has to give the verdict."""
    candidate: str
    """Whom the factory judged; empty while nobody did."""
    report: str
    """Digest of the report that the verdict is on, `sha256:…`; empty while there is none."""
    state: str
    """`open`, `merged` or `closed`."""
    opened: datetime
    closed: datetime | None
    merge_commit: str
    """The commit that merged it, in full; empty unless merged."""


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What a pull request is opened with."""

    head: str
    base: str
    commit: str
    title: str
    body: str
    author: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A person's decision on one pull request."""

    approved: bool
    reviewer: str
    """E-mail address."""
    commit: str
    report: str
    because: str
    at: datetime


class Forge(Protocol):
    """One repository. Raises Absent for what is not there."""

    def branches(self) -> Mapping[str, str]:
        """Return every branch and the commit that it is at."""
        ...

    def commit(self, commit: str) -> Commit:
        """Return one commit."""
        ...

    def contains(self, branch: str, commit: str) -> bool:
        """Return whether a commit is in a branch's history; false where there is no such branch."""
        ...

    def changed(self, commit: str, *, since: str) -> list[str]:
        """Return the paths that a commit changed, added or removed since it left the branch `since`, sorted.

        Every path of the commit where there is no such branch or no common history.
        """
        ...

    def difference(self, commit: str, *, base: str) -> Difference:
        """Return every file that a commit changed, added, removed or renamed since it parted from the commit `base`.

        Raises Conflict where they parted more than once, so that no single commit is the one to compare with: a change that one
        of them has taken back would not be seen.
        """
        ...

    def read(self, path: str, commit: str) -> bytes:
        """Return a file of a commit; links are not followed."""
        ...

    def pull_requests(self, *, state: str = "open") -> list[PullRequest]:
        """Return the pull requests of a state, oldest first."""
        ...

    def pull_request(self, number: int) -> PullRequest:
        """Return one."""
        ...

    def open(self, proposal: Proposal) -> PullRequest:
        """Open a pull request, or return the open one of this head and base at this commit.

        Raises Conflict where one of them at another commit is open, or where there is nothing to merge.
        """
        ...

    def present(self, number: int, *, body: str, candidate: str, report: str, reviewers: Sequence[str]) -> PullRequest:
        """Say what the verdict on an open one is to be on: its text, the candidate, the report's digest, and who may give it."""
        ...

    def withdraw(self, number: int, *, body: str) -> PullRequest:
        """Take the question on an open one back: its own text again, nothing that a verdict could be on.

        A verdict that was given stays.
        """
        ...

    def comment(self, number: int, text: str, *, key: str) -> None:
        """Add a comment, once per key."""
        ...

    def comments(self, number: int) -> list[str]:
        """Return the texts, oldest first."""
        ...

    def decide(self, number: int, verdict: Verdict) -> None:
        """Give the verdict; nothing is merged or closed by it.

        Raises Denied for the author and for who is not among the reviewers, Conflict for another commit or report than presented,
        for a pull request that is not open or not presented, and for one that has its verdict: of two at once, one wins.
        """
        ...

    def verdict(self, number: int) -> Verdict | None:
        """Return the verdict, if there is one."""
        ...

    def merge(self, number: int, *, commit: str) -> str:
        """Merge what is proposed, with a merge commit, and return that commit; once merged, returns the same again.

        Raises Conflict where the base cannot take it, where the verdict is not an approval, or where another commit is proposed.
        """
        ...

    def close(self, number: int) -> None:
        """Close without merging; closed already is no error, merged already is a Conflict."""
        ...

    def diff(self, number: int) -> str:
        """Return what it would change, as a unified diff."""
        ...
