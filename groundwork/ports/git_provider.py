"""The Git provider, where the client's code is reviewed: branches, commits and pull requests of one repository.

The Git provider owns review decisions. It accepts any number per pull request, each bound to a commit and a report; the newest
of each reviewer replaces the earlier ones. The factory decides which of them counts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

LINE = 1_000
"""The most commits of a line that are returned."""

MOST = 10_000
"""The most commits with authors that are looked up at once."""

MOST_PEOPLE = 500
"""The most people of one change."""


@dataclass(frozen=True, kw_only=True)
class Commit:
    """One commit."""

    id: str
    """Full hash."""
    author: str
    """E-mail address, as the commit says; a person who pushes can write any address there."""
    subject: str
    at: datetime
    parents: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class FileChange:
    """A file that differs between two commits."""

    path: str
    """Empty for a removed file."""
    path_before: str
    """Empty for a new file; differs from `path` for a renamed one."""
    mode: str
    """As git writes it: `100644`, `100755` for a program, `120000` for a link, `160000` for a submodule; empty like the path."""
    mode_before: str
    size: int
    """Bytes; 0 for a missing file, and for a submodule."""
    size_before: int


@dataclass(frozen=True, kw_only=True)
class Difference:
    """All changes of a commit since the merge base with another one."""

    since: str
    """The merge base, in full; empty if there is none, so that everything is new."""
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
    """The branch into which it is merged."""
    commit: str
    """The commit that is proposed, in full: a later push to `head` does not change it."""
    author: str
    """E-mail address of the account that opened it; its review decision does not count."""
    reviewers: tuple[str, ...]
    """E-mail addresses of the reviewers; one of them has to give the review decision."""
    candidate: str
    """The candidate that the factory evaluated; empty before the evaluation."""
    report: str
    """Digest of the report that the review decision is on, `sha256:…`; empty while there is none."""
    state: str
    """`open`, `merged` or `closed`."""
    opened: datetime
    closed: datetime | None
    merge_commit: str
    """The commit that merged it, in full; empty unless merged."""


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """The fields of a new pull request."""

    head: str
    base: str
    commit: str
    title: str
    body: str
    author: str


@dataclass(frozen=True, kw_only=True)
class ReviewDecision:
    """A person's decision on one pull request."""

    approved: bool
    reviewer: str
    """E-mail address."""
    commit: str
    report: str
    reason: str
    at: datetime


class GitProvider(Protocol):
    """One repository. Raises Absent for a commit, file, branch or pull request that does not exist."""

    def branches(self) -> Mapping[str, str]:
        """Return every branch and the commit that it is at."""
        ...

    def commit(self, commit: str) -> Commit:
        """Return one commit."""
        ...

    def contains(self, branch: str, commit: str) -> bool:
        """Return whether a commit is in a branch's history; false if the branch does not exist."""
        ...

    def unmerged(self, into: Collection[str]) -> Mapping[str, str]:
        """Return the branches, each with its commit, that are in the history of none of these commits, in one request."""
        ...

    def line(self, commit: str, *, since: Collection[str], below: str) -> list[Commit]:
        """Return the commits that changed something below a folder, on a commit's line of first parents, newest first.

        The line ends where the history of one of the commits `since` begins. The commit itself is one of them if it changed
        something there. At most `LINE` are returned.
        """
        ...

    def touched(self, commit: str) -> list[str]:
        """Return the paths in which a commit differs from its first parent, sorted; all paths for a commit without parents."""
        ...

    def people(self, commit: str, *, since: Collection[str]) -> frozenset[str]:
        """Return the accounts behind the commits that a commit adds to the history of the commits `since`.

        All authors, committers and co-authors (`Co-authored-by:`) of those commits, as the commits say, and the account that
        pushed, as the Git provider says. Raises Conflict for more than `MOST` commits or people: a partial answer would hide
        some of them.
        """
        ...

    def changed(self, commit: str, *, since: str, trunk: str | None = None) -> list[str]:
        """Return the paths that a commit changed, added or removed since it left the branch `since`, sorted.

        With a `trunk`, a branch that may have been merged into the commit, files are excluded if they equal the merge of both
        branches, either at the merge base or at the trunk's head. A file with its former content counts as changed. Returns
        every path of the commit if the branch `since` does not exist or has no common history with it.
        """
        ...

    def difference(self, commit: str, *, base: str) -> Difference:
        """Return every file that a commit changed, added, removed or renamed since its merge base with the commit `base`.

        Raises Conflict if there are several merge bases: a comparison with one of them could hide a change that another one
        reverted.
        """
        ...

    def read(self, path: str, commit: str) -> bytes:
        """Return a file of a commit; links are not followed."""
        ...

    def pull_requests(self, *, state: str = "open") -> list[PullRequest]:
        """Return the pull requests of a state, oldest first."""
        ...

    def pull_request(self, number: int) -> PullRequest:
        """Return one pull request."""
        ...

    def merged_as(self, commit: str) -> PullRequest | None:
        """Return the pull request that this commit merged, if there is one."""
        ...

    def open(self, proposal: Proposal) -> PullRequest:
        """Open a pull request, or return the open one of this head and base at this commit.

        Raises Conflict if one of them is open at another commit, or if there is nothing to merge.
        """
        ...

    def present(self, number: int, *, body: str, candidate: str, report: str, reviewers: Sequence[str]) -> PullRequest:
        """Set the subject of review decisions on an open pull request: its text, candidate, report digest and reviewers.

        Earlier review decisions stay unchanged: they concern the earlier subject.
        """
        ...

    def withdraw(self, number: int, *, body: str) -> PullRequest:
        """Withdraw the request for a review decision: the pull request gets its own text again and accepts no decision.

        Earlier review decisions stay.
        """
        ...

    def comment(self, number: int, text: str, *, key: str) -> None:
        """Add a comment, once per key."""
        ...

    def comments(self, number: int) -> list[str]:
        """Return the texts of the comments, oldest first."""
        ...

    def decide(self, number: int, decision: ReviewDecision) -> None:
        """Give a review decision. It merges and closes nothing, and replaces an earlier decision of this reviewer.

        Raises Denied for an author of the change and for an account that is not a reviewer, and Conflict for another commit or
        report than the presented one, or for a pull request that is not open or not presented.
        """
        ...

    def decisions(self, number: int) -> list[ReviewDecision]:
        """Return the newest review decision of each reviewer, oldest first, valid or not."""
        ...

    def merge(self, number: int, *, commit: str) -> str:
        """Merge the proposed commit with a merge commit, and return that commit, also on a second call.

        Raises Conflict if it cannot be merged, if no reviewer approves it, or if another commit is proposed.
        """
        ...

    def close(self, number: int) -> None:
        """Close without merging. A closed pull request stays closed; raises Conflict for a merged one."""
        ...

    def diff(self, number: int) -> str:
        """Return its changes as a unified diff."""
        ...
