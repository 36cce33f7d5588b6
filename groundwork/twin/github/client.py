"""The twin's Git provider: pull requests on a bare repository."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager

from groundwork.ports.errors import Absent, Conflict
from groundwork.ports.git_provider import Commit, Difference, GitProvider, Proposal, PullRequest, ReviewDecision
from groundwork.twin.core.store import Refused, Store
from groundwork.twin.github import events
from groundwork.twin.github.history import TRUNK, History
from groundwork.twin.github.pull_requests import PullRequestTable, StoredPullRequest, clean
from groundwork.twin.github.pushers import pushers
from groundwork.twin.github.repositories import repository_path
from groundwork.twin.iam.permissions import require

_TURNS = 5
"""The most attempts at a merge on a base that others move."""


def twin_git_provider(store: Store, identity: str | None, remote: str, secret: str) -> GitProvider:
    """Return the repository of a remote, as an identity that may read the credential in a secret; None is a person.

    Raises Absent where there is no such repository.
    """
    try:
        path = repository_path(store, remote)
    except Refused as refused:
        raise Absent(refused.message, refused.hint) from refused
    if not path.is_dir():
        raise Absent(f"there is no repository {remote} on the twin", "make it with `groundwork demo`, or correct the address")
    return TwinGitProvider(
        store, path.relative_to(store.root / "repositories").as_posix(), lambda: _allow(store, identity, secret), identity
    )


def _allow(store: Store, identity: str | None, secret: str) -> None:
    require(store, identity, "secretmanager.versions.access", secret)


class TwinGitProvider:
    """A `GitProvider`."""

    def __init__(self, store: Store, repository: str, allow: Callable[[], None], identity: str | None) -> None:
        self._store, self._repository, self._allow, self._identity = store, repository, allow, identity
        self._path = store.root / "repositories" / repository
        self._git = History(self._path)

    def branches(self) -> Mapping[str, str]:
        """Return every branch and its commit."""
        return self._history.branches()

    def commit(self, commit: str) -> Commit:
        """Return one commit."""
        return self._history.commit(commit)

    def contains(self, branch: str, commit: str) -> bool:
        """Return whether a commit is in a branch's history."""
        return self._history.contains(self._git.head(branch), commit)

    def unmerged(self, into: Collection[str]) -> Mapping[str, str]:
        """Return the branches that are in the history of none of these commits."""
        return self._history.unmerged(into)

    def line(self, commit: str, *, since: Collection[str], below: str) -> list[Commit]:
        """Return the commits that changed something below a folder on a line of first parents."""
        return self._history.line(commit, since, below)

    def touched(self, commit: str) -> list[str]:
        """Return the paths in which a commit is not like its first parent."""
        return self._history.changed(commit, next(iter(self._history.commit(commit).parents), None))

    def people(self, commit: str, *, since: Collection[str]) -> frozenset[str]:
        """Return the accounts behind a commit and the commits that come with it."""
        return self._history.people(commit, since, pushers(self._path))

    def changed(self, commit: str, *, since: str, trunk: str | None = None) -> list[str]:
        """Return the paths that a commit changed since it left a branch."""
        history = self._history
        history.require(commit)
        return history.own(commit, history.head(since), history.head(trunk) if trunk else None)

    def difference(self, commit: str, *, base: str) -> Difference:
        """Return every file that a commit changed since it parted from another."""
        return self._history.difference(commit, base)

    def read(self, path: str, commit: str) -> bytes:
        """Return a file of a commit."""
        return self._history.read(path, commit)

    def pull_requests(self, *, state: str = "open") -> list[PullRequest]:
        """Return the pull requests of a state, oldest first."""
        return self._table.all(state)

    def pull_request(self, number: int) -> PullRequest:
        """Return one."""
        return self._table.get(number).request

    def merged_as(self, commit: str) -> PullRequest | None:
        """Return the pull request that a commit merged."""
        return self._table.merged_as(commit)

    def open(self, proposal: Proposal) -> PullRequest:
        """Open a pull request; a person's one fires triggers when events are delivered."""
        table = self._table
        since = self._place(proposal)
        with self._lock(0):
            request, new = table.add(proposal, since)
            if new and self._identity is None:
                self._tell(request, since, proposal.body)
        return request

    def present(self, number: int, *, body: str, candidate: str, report: str, reviewers: Sequence[str]) -> PullRequest:
        """Set the subject of review decisions."""
        return self._table.present(number, body=body, candidate=candidate, report=report, reviewers=reviewers)

    def withdraw(self, number: int, *, body: str) -> PullRequest:
        """Withdraw the question; the text becomes `body`."""
        return self._table.withdraw(number, body)

    def comment(self, number: int, text: str, *, key: str) -> None:
        """Add a comment, once per key."""
        table = self._table
        table.comment(number, text, key)
        stored = table.get(number)
        if events.ASKS in text and self._identity is None and stored.request.state == "open":
            self._tell(stored.request, stored.since, text)

    def comments(self, number: int) -> list[str]:
        """Return the texts, oldest first."""
        return self._table.comments(number)

    def decide(self, number: int, decision: ReviewDecision) -> None:
        """Give a review decision."""
        request = self._table.get(number).request
        since = [head for head in map(self._git.head, (request.base, TRUNK)) if head]
        self._table.decide(number, decision, self.people(request.commit, since=since))

    def decisions(self, number: int) -> list[ReviewDecision]:
        """Return the newest review decision of each reviewer, oldest first."""
        table = self._table
        table.get(number)
        return table.decisions(number)

    def merge(self, number: int, *, commit: str) -> str:
        """Merge the proposed commit; the base is made from the trunk where it does not exist yet."""
        table = self._table
        with self._lock(number):
            stored = self._finished(table, number)
            request = stored.request
            if request.commit != commit:
                raise Conflict(f"#{number} proposes {request.commit[:12]}, not {commit[:12]}", "read the current proposal")
            if request.state == "merged":
                return request.merge_commit
            self._require_approval(table, request)
            message = f"Merge pull request #{number} from {request.head}\n\n{request.title}\n"
            for _ in range(_TURNS):
                before = self._git.head(request.base)
                merge = self._git.merged(before or self._trunk(request.base), commit, message)
                table.merging(number, merge)
                if self._git.move(request.base, before=before, to=merge):
                    return self._merged(table, request, before, merge)
            raise Conflict(f"the branch {request.base!r} was moved {_TURNS} times during the merge", "try again later")

    def close(self, number: int) -> None:
        """Close without merging."""
        table = self._table
        with self._lock(number):
            if self._finished(table, number).request.state == "merged":
                raise Conflict(f"pull request #{number} is merged", "push a commit that reverts the merge")
            table.end(number, "closed")

    def diff(self, number: int) -> str:
        """Return its changes, merged or not."""
        stored = self._table.get(number)
        return self._git.diff(stored.since, stored.request.commit)

    @property
    def _history(self) -> History:
        self._allow()
        return self._git

    @property
    def _table(self) -> PullRequestTable:
        self._allow()
        return PullRequestTable(self._store, self._repository)

    def _tell(self, request: PullRequest, since: str, text: str) -> None:
        """Queue a pull request's event for triggers; on the twin every person may write to the repository."""
        events.enqueue(self._store, events.PullRequestOpened(self._repository, request, since, asked=events.ASKS in text))

    def _lock(self, number: int) -> AbstractContextManager[None]:
        return self._store.lock("pull request", f"{self._repository} {number}")

    def _place(self, proposal: Proposal) -> str:
        """Return where the proposed commit left its base; raises Conflict where it cannot go there."""
        commit, base = proposal.commit, self._git.head(proposal.base)
        head = self._git.head(proposal.head)
        if head is None or clean(proposal.head) != proposal.head:
            raise Absent(f"there is no branch {proposal.head!r} with a name in UTF-8", "push it first")
        if not self._git.contains(head, commit):
            raise Conflict(f"{commit[:12]} is not in the branch {proposal.head!r}", "propose a commit of that branch")
        if base is None:
            if not self._git.nameable(proposal.base):
                raise Conflict(f"{proposal.base!r} is not a valid name of a branch", "choose another one")
            trunk = self._trunk(proposal.base)
            if not self._git.contains(commit, trunk):
                raise Conflict(
                    f"there is no branch {proposal.base!r}, and {commit[:12]} lacks commits of {TRUNK}", f"merge {TRUNK} in"
                )
            base = trunk
        since = self._git.left(commit, base)
        if since is None:
            raise Conflict(f"{commit[:12]} has no history in common with {proposal.base!r}", f"begin the branch at {TRUNK}")
        if since == commit:
            raise Conflict(f"there is nothing to merge: {proposal.base!r} has {commit[:12]} already", "commit a change first")
        return since

    def _trunk(self, base: str) -> str:
        trunk = self._git.head(TRUNK)
        if trunk is None:
            raise Conflict(f"there is neither a branch {base!r} nor {TRUNK} to make it from", f"push {TRUNK} first")
        return trunk

    def _require_approval(self, table: PullRequestTable, request: PullRequest) -> None:
        decisions = table.decisions(request.number)
        if request.state != "open":
            raise Conflict(f"pull request #{request.number} is {request.state}", "open another one")
        if not any(decision.approved for decision in decisions):
            word = "was rejected" if decisions else "has no review decision"
            raise Conflict(f"pull request #{request.number} {word}", "ask a reviewer to approve it")

    def _finished(self, table: PullRequestTable, number: int) -> StoredPullRequest:
        """Return a pull request, after recording a merge that a kill left unrecorded."""
        stored = table.get(number)
        base = self._git.head(stored.request.base) if stored.merging else None
        if base and self._git.contains(base, stored.merging):
            before = self._git.commit(stored.merging).parents[0]
            self._merged(table, stored.request, before, stored.merging)
        return table.get(number)

    def _merged(self, table: PullRequestTable, request: PullRequest, before: str | None, merge: str) -> str:
        with table.transaction():
            table.end(request.number, "merged", merge)
            events.enqueue(self._store, events.BranchMoved(self._repository, request.base, before, merge))
        return merge
