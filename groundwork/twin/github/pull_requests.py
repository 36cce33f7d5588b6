"""Pull requests on the twin: the tables `pull_requests`, `decisions` and `comments`, and the rules for reviewers.

Rows are never deleted, so no number is given twice, and of each reviewer's review decisions the newest is read.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from groundwork.contract.accounts import account, accounts
from groundwork.ports.errors import Absent, Conflict, Denied
from groundwork.ports.git_provider import Proposal, PullRequest, ReviewDecision
from groundwork.twin.core.store import Store

STATES = ("open", "merged", "closed")
_FIELDS = (
    "number, title, body, head, base, sha, author, reviewers, candidate, report, state, opened, closed, merge_commit, since, "
    "merging"
)
_INSERT = f"insert into pull_requests (repository, {_FIELDS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608  our own words
_TABLES = (
    f"pull_requests (repository text, {_FIELDS}, primary key (repository, number))",
    "decisions (turn integer primary key, repository text, number, approved, reviewer, sha, report, reason, at)",
    "comments (repository text, number, key text, text, primary key (repository, number, key))",
)


@dataclass(frozen=True, kw_only=True)
class StoredPullRequest:
    """A pull request with fields that only the Git provider has."""

    request: PullRequest
    since: str
    """The commit at which it left its base."""
    merging: str
    """The merge commit that was about to be put on the base, if any: it shows after a kill whether the merge was done."""


class PullRequestTable:
    """The pull requests of one repository."""

    def __init__(self, store: Store, repository: str) -> None:
        self._store, self._repository = store, repository
        for table in _TABLES:
            store.records.execute(f"create table if not exists {table}")

    def all(self, state: str) -> list[PullRequest]:
        """Return those of a state, oldest first."""
        if state not in STATES:
            raise Conflict(f"`{state}` is not a state of a pull request", f"choose one of {', '.join(STATES)}")
        return [stored.request for stored in self._select("state = ? order by number", state)]

    def get(self, number: int) -> StoredPullRequest:
        """Return one; raises Absent."""
        found = self._select("number = ?", number)
        if not found:
            raise Absent(f"there is no pull request #{number}", "list them with `groundwork review list`")
        return found[0]

    def merged_as(self, commit: str) -> PullRequest | None:
        """Return the one that a commit merged, if there is one."""
        found = self._select("state = 'merged' and merge_commit = ?", commit)
        return found[0].request if found else None

    def waiting(self, head: str, base: str) -> PullRequest | None:
        """Return the open one from one branch to another, if there is one."""
        found = self._select("state = 'open' and head = ? and base = ?", head, base)
        return found[0].request if found else None

    def add(self, proposal: Proposal, since: str) -> tuple[PullRequest, bool]:
        """Record a proposal; return it and whether it is new: one that is open already at its commit is that one."""
        with self.transaction():
            if known := self.waiting(proposal.head, proposal.base):
                if known.commit == proposal.commit:
                    return known, False
                raise Conflict(
                    f"pull request #{known.number} from {proposal.head!r} to {proposal.base!r} is open at {known.commit[:12]}",
                    "close it first: a review decision applies to one commit only",
                )
            number = 1 + max((stored.request.number for stored in self._select("true")), default=0)
            values = (
                number, clean(proposal.title), clean(proposal.body), clean(proposal.head), clean(proposal.base), proposal.commit,
                clean(proposal.author), "[]", "", "", "open", _now(), None, "", since, "",
            )  # fmt: skip
            self._execute(_INSERT, *values)
            return self.get(number).request, True

    def present(self, number: int, *, body: str, candidate: str, report: str, reviewers: Sequence[str]) -> PullRequest:
        """Set the subject of review decisions from now on."""
        if not report:
            raise Conflict(f"pull request #{number} was to be presented without a report's digest", "give the report's digest")
        new = (clean(body), clean(candidate), clean(report), json.dumps([clean(each) for each in reviewers]))
        with self.transaction():
            self._require_open(number)
            return self._update(number, *new)

    def withdraw(self, number: int, body: str) -> PullRequest:
        """Withdraw the question: no review decision can be given any more, and earlier ones stay."""
        with self.transaction():
            self._require_open(number)
            return self._update(number, clean(body), "", "", "[]")

    def decide(self, number: int, decision: ReviewDecision, people: Collection[str]) -> None:
        """Record a review decision; `people` are the accounts with a part in the proposed commit."""
        with self.transaction():
            request = self._require_open(number)
            _require_reviewer(request, decision.reviewer, [request.author, *people])
            _require_seen(request, decision)
            self._execute(
                "insert into decisions (repository, number, approved, reviewer, sha, report, reason, at) "
                "values (?, ?, ?, ?, ?, ?, ?, ?)",
                number, decision.approved, clean(decision.reviewer), decision.commit, decision.report, clean(decision.reason),
                decision.at.isoformat(),
            )  # fmt: skip

    def decisions(self, number: int) -> list[ReviewDecision]:
        """Return the newest review decision of each reviewer, oldest first."""
        query = (
            "select approved, reviewer, sha, report, reason, at from decisions where repository = ? and number = ? order by turn"
        )
        newest: dict[str, ReviewDecision] = {}
        for approved, reviewer, commit, report, reason, at in self._execute(query, number).fetchall():
            newest.pop(account(reviewer), None)  # so that it stands where the new one was given
            newest[account(reviewer)] = ReviewDecision(
                approved=bool(approved), reviewer=reviewer, commit=commit, report=report, reason=reason,
                at=datetime.fromisoformat(at),
            )  # fmt: skip
        return list(newest.values())

    def comment(self, number: int, text: str, key: str) -> None:
        """Keep a comment, the first of its key."""
        self.get(number)
        self._execute("insert or ignore into comments values (?, ?, ?, ?)", number, clean(key), clean(text))

    def comments(self, number: int) -> list[str]:
        """Return the comments' texts, oldest first."""
        self.get(number)
        query = "select text from comments where repository = ? and number = ? order by rowid"
        return [text for (text,) in self._execute(query, number).fetchall()]

    def merging(self, number: int, commit: str) -> None:
        """Note the merge commit that is about to be put on the base."""
        self._execute("update pull_requests set merging = ?2 where repository = ?1 and number = ?3", commit, number)

    def end(self, number: int, state: str, merge_commit: str = "") -> None:
        """Record that an open one is merged or closed."""
        self._execute(
            "update pull_requests set state = ?2, closed = ?3, merge_commit = ?4, merging = '' "
            "where repository = ?1 and number = ?5 and state = 'open'",
            state, _now(), merge_commit, number,
        )  # fmt: skip

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Read and write in one transaction: all or nothing."""
        self._store.records.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._store.records.execute("rollback")
            raise
        self._store.records.execute("commit")

    def _update(self, number: int, body: str, candidate: str, report: str, reviewers: str) -> PullRequest:
        self._execute(
            "update pull_requests set body = ?2, candidate = ?3, report = ?4, reviewers = ?5 "
            "where repository = ?1 and number = ?6",
            body, candidate, report, reviewers, number,
        )  # fmt: skip
        return self.get(number).request

    def _require_open(self, number: int) -> PullRequest:
        request = self.get(number).request
        if request.state != "open":
            raise Conflict(f"pull request #{number} is {request.state}", "open another pull request")
        return request

    def _select(self, where: str, *values: object) -> list[StoredPullRequest]:
        query = f"select {_FIELDS} from pull_requests where repository = ? and {where}"  # noqa: S608  our own words
        return [_stored(row) for row in self._execute(query, *values).fetchall()]

    def _execute(self, query: str, *values: object) -> Any:
        return self._store.records.execute(query, (self._repository, *values))


def clean(text: str) -> str:
    """Return text as it can be stored: half characters, as bytes outside of UTF-8 arrive, become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _require_reviewer(request: PullRequest, reviewer: str, people: Collection[str]) -> None:
    asked, part = request.reviewers, accounts(people, request.reviewers)
    others = ", ".join(each for each in asked if not accounts([each], asked) & part)
    other = f"ask another reviewer: {others}" if others else "close it: no reviewer is left who may decide"
    who = accounts([reviewer], asked)
    if not who & accounts(asked, asked):
        raise Denied(f"{reviewer} is not among the reviewers of #{request.number}", other)
    if who & part:
        raise Denied(f"{reviewer} is among the authors of #{request.number}", other)


def _require_seen(request: PullRequest, decision: ReviewDecision) -> None:
    number = request.number
    if not request.report:
        raise Conflict(f"pull request #{number} was not evaluated yet: there is no report", "wait for the factory's report")
    if decision.commit != request.commit:
        raise Conflict(
            f"the review decision is on commit {decision.commit[:12]}; #{number} proposes {request.commit[:12]}",
            f"read the current proposal: `groundwork review show {number}`",
        )
    if decision.report != request.report:
        raise Conflict(
            f"the review decision is on the report {decision.report[:19]}; #{number} shows {request.report[:19]}",
            f"read the report that is there now: `groundwork review show {number}`",
        )
    if not decision.reason.strip():
        raise Conflict(f"the review decision on #{number} has no reason", "give a reason")


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _stored(row: tuple[Any, ...]) -> StoredPullRequest:
    (
        number,
        title,
        body,
        head,
        base,
        commit,
        author,
        reviewers,
        candidate,
        report,
        state,
        opened,
        closed,
        merge,
        since,
        merging,
    ) = row
    request = PullRequest(
        number=number, title=title, body=body, head=head, base=base, commit=commit, author=author,
        reviewers=tuple(json.loads(reviewers)), candidate=candidate, report=report, state=state,
        opened=datetime.fromisoformat(opened), closed=datetime.fromisoformat(closed) if closed else None, merge_commit=merge,
    )  # fmt: skip
    return StoredPullRequest(request=request, since=since, merging=merging)
