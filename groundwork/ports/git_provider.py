"""The Git provider, where the client's code is reviewed: branches, commits and pull requests of one repository.

The Git provider owns review decisions. It takes any number per pull request, each bound to a commit and a report;
of one reviewer's the newest counts.
The factory decides which of them counts.
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
    """One file that two commits differ in."""

    path: str
    """Empty where it was removed."""
    path_before: str
    """Empty where it is new; another path than `path` where it was renamed."""
    mode: str
    """As git writes it: `100644`, `100755` for a program, `120000` for a link, `160000` for a submodule; empty like the path."""
    mode_before: str
    size: int
    """Bytes; 0 for a missing file, and for a submodule."""
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
        """Return whether a commit is in a branch's history; false where there is no such branch."""
        ...

    def unmerged(self, into: Collection[str]) -> Mapping[str, str]:
        """Return the branches, each with its commit, that are in the history of none of these commits: one question for all."""
        ...

    def line(self, commit: str, *, since: Collection[str], below: str) -> list[Commit]:
        """Return the commits that changed something below a folder, on a commit's line of first parents, newest first.

        The line ends where the history of one of the commits `since` begins. The commit itself is one of them where it changed
        something there. At most `LINE` are returned.
        """
        ...

    def touched(self, commit: str) -> list[str]:
        """Return the paths in which a commit is not like its first parent, sorted; of one without parents all."""
        ...

    def people(self, commit: str, *, since: Collection[str]) -> frozenset[str]:
        """Return the accounts behind the commits that a commit adds to the history of the commits `since`.

        All authors, committers and co-authors (`Co-authored-by:`) of those commits, as they say, and the account that pushed, as
        the Git provider says. Raises Conflict for more than `MOST` commits or people: half of an answer would hide the others.
        """
        ...

    def changed(self, commit: str, *, since: str, trunk: str | None = None) -> list[str]:
        """Return the paths that a commit changed, added or removed since it left the branch `since`, sorted.

        With a `trunk`, another branch that the commit may have been brought up to date with: without those files that are as a
        merge of both branches makes them, be it where the commit left them or where the trunk is now. A file that is as it was
        before is changed. Every path of the commit where there is no branch `since` or no common history with it.
        """
        ...

    def difference(self, commit: str, *, base: str) -> Difference:
        """Return every file that a commit changed, added, removed or renamed since it parted from the commit `base`.

        Raises Conflict where they parted more than once, so that no single commit is the one to compare with: a change that one
        of them reverted would not be seen.
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

    def merged_as(self, commit: str) -> PullRequest | None:
        """Return the pull request that was merged by this very commit, if there is one."""
        ...

    def open(self, proposal: Proposal) -> PullRequest:
        """Open a pull request, or return the open one of this head and base at this commit.

        Raises Conflict where one of them at another commit is open, or where there is nothing to merge.
        """
        ...

    def present(self, number: int, *, body: str, candidate: str, report: str, reviewers: Sequence[str]) -> PullRequest:
        """Set the subject of review decisions on an open pull request: its text, candidate, report digest and reviewers.

        Earlier review decisions stay unchanged: they concern the earlier subject.
        """
        ...

    def withdraw(self, number: int, *, body: str) -> PullRequest:
        """Withdraw the question on an open pull request: it gets its own text again, and takes no review decision.

        Earlier review decisions stay.
        """
        ...

    def comment(self, number: int, text: str, *, key: str) -> None:
        """Add a comment, once per key."""
        ...

    def comments(self, number: int) -> list[str]:
        """Return the texts, oldest first."""
        ...

    def decide(self, number: int, decision: ReviewDecision) -> None:
        """Give a review decision; nothing is merged or closed by it, and it takes the place of an earlier one of this reviewer.

        Raises Denied for one of its authors and for an account that is not a reviewer, Conflict for another commit or report than
        presented, and for a pull request that is not open or not presented.
        """
        ...

    def decisions(self, number: int) -> list[ReviewDecision]:
        """Return the newest review decision of each reviewer, oldest first; whether one counts is not looked at."""
        ...

    def merge(self, number: int, *, commit: str) -> str:
        """Merge the proposed commit with a merge commit, and return that commit; once merged, return the same again.

        Raises Conflict where the base cannot take it, where no reviewer approves it, or where another commit is proposed.
        """
        ...

    def close(self, number: int) -> None:
        """Close without merging. A closed pull request stays closed; a merged one is a Conflict."""
        ...

    def diff(self, number: int) -> str:
        """Return its changes as a unified diff."""
        ...
