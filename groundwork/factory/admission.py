"""Decide which pushes become candidates, and refuse the others with a reason."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from groundwork.contract.candidate import Candidate, candidate_id
from groundwork.contract.change_scope import is_pipelines, require_pipeline_change
from groundwork.contract.factory_settings import Settings
from groundwork.errors import GroundworkError
from groundwork.factory.approval import Approvals
from groundwork.factory.chain import since, stage, target
from groundwork.factory.seen_heads import SeenHeads
from groundwork.ports.git_provider import Commit, GitProvider
from groundwork.ports.models import Models
from groundwork.printable import printable

if TYPE_CHECKING:
    import fsspec  # type: ignore[import-untyped]  # fsspec has no types


@dataclass(frozen=True)
class _Head:
    branch: str
    commit: str
    before: str
    """The branch that the head is compared with."""
    into: str | None = None
    """The base of a person's pull request."""

    @property
    def entry(self) -> str:
        """The entry in the seen heads."""
        return f"{self.commit} {self.before}"


@dataclass(frozen=True, kw_only=True)
class Admission:
    """Admits pushes to one deployment's factory."""

    settings: Settings
    git_provider: GitProvider
    models: Models
    objects: fsspec.AbstractFileSystem

    def candidate(self, branch: str, commit: str, *, into: str | None = None) -> Candidate:
        """Return the candidate of a push; raises GroundworkError for a push that is not evaluated."""
        goes_to = into if into is not None else target(self.settings.chain, branch)
        pushed = self.git_provider.commit(commit)
        return self._released(branch, pushed) if goes_to is None else self._going_up(branch, pushed, goes_to)

    def _going_up(self, branch: str, pushed: Commit, goes_to: str) -> Candidate:
        heads = self.git_provider.branches()
        before = since(self.settings.chain, goes_to, heads)
        require_pipeline_change(self._changed(pushed.id, before), self._folder)
        merged = self.git_provider.merged_as(pushed.id)
        return Candidate(
            id=candidate_id(self.settings.deployment.name, pushed.id),
            deployment=self.settings.deployment.name,
            branch=branch,
            target=goes_to,
            commit=pushed.id,
            author=merged.author if merged else pushed.author,  # the merge itself is the factory's
            people=tuple(sorted(self._people(pushed.id, [heads[name] for name in (before, self._last) if name in heads]))),
            subject=pushed.subject,
            parent=merged.candidate if merged else "",
            base=heads[before],
        )

    def _people(self, commit: str, without: Sequence[str]) -> frozenset[str]:
        """Return the contributors to a change: to its commits, and to the pull requests that they merged."""
        merges = (each for each in self.git_provider.line(commit, since=without, below=self._folder) if len(each.parents) > 1)
        opened = {merged.author for each in merges if (merged := self.git_provider.merged_as(each.id))}
        return self.git_provider.people(commit, since=without) | opened

    def _released(self, branch: str, pushed: Commit) -> Candidate:
        """Return the candidate of a commit on the last branch; raises GroundworkError for one that was not approved.

        The first release needs no approval: it replaces no version.
        """
        approvals = self._approvals
        merged, approval = self.git_provider.merged_as(pushed.id), approvals.approval(pushed.id)
        if approval is None and approvals.serves:
            raise GroundworkError(
                "approval-missing",
                f"commit {pushed.id[:12]} is on the last branch of the chain without an approved pull request of the factory"
                + approvals.why_not(pushed.id),
                "push the change to the first branch of the chain, where the factory asks for approval",
            )
        people = approvals.people(pushed.id) if approval else self.git_provider.people(pushed.id, since=pushed.parents)
        return Candidate(
            id=candidate_id(self.settings.deployment.name, pushed.id),
            deployment=self.settings.deployment.name,
            branch=branch,
            target=None,
            commit=pushed.id,
            author=merged.author if merged else pushed.author,  # as above
            people=tuple(sorted(people)),
            approved_by=approval.reviewer if approval else "",
            subject=pushed.subject,
            parent=merged.candidate if merged else "",
            base=pushed.parents[0] if pushed.parents else pushed.id,
        )

    def require_newest(self, branch: str, commit: str) -> None:
        """Raise GroundworkError if the branch has a later change of this deployment."""
        if not self.is_newest(branch, commit):
            raise GroundworkError(
                "commit-outdated",
                f"`{printable(branch)}` has a later commit than {commit[:12]}",
                "wait for the evaluation of the later commit",
            )

    def is_newest(self, branch: str, commit: str) -> bool:
        """Return whether a commit is a branch's newest change: its head or, on the last branch, the newest approved merge.

        Other commits on the last branch (platform changes, other pipelines, unapproved commits) replace no candidate.
        """
        if branch == self._last and self._releases:
            return self._approvals.newest() == commit
        return self.git_provider.branches().get(branch) == commit

    def missed(self, known: Container[str]) -> Iterator[tuple[str, str, str | None]]:
        """Yield branch, commit and the base of a person's pull request for each change without a promotion.

        These are heads of this environment's branches that change this pipeline, the last branch's newest approved merge, and
        people's pull requests. Heads that were compared before and change nothing are skipped.
        """
        yield from ((each.branch, each.commit, each.into) for each in self._worth(list(self._heads()), known))
        released = self._approvals.newest() if self._releases else None
        if released and candidate_id(self.settings.deployment.name, released) not in known:
            yield self._last, released, None

    def _heads(self) -> Iterator[_Head]:
        """Yield the heads that the next branch of the chain lacks, and the heads of people's pull requests to the last branch."""
        chain, heads = self.settings.chain, self.git_provider.branches()
        for entry, goes_to in zip(chain.branches, chain.branches[1:], strict=False):
            if entry in chain.own_branches:
                before = since(chain, goes_to, heads)
                lacking = self.git_provider.unmerged([heads[name] for name in {before, self._last} if name in heads])
                yield from (_Head(name, at, before) for name, at in lacking.items() if stage(chain, name) == entry)
        if chain.branches[-2] in chain.own_branches:
            for each in self.git_provider.pull_requests():
                if heads.get(each.head) == each.commit and not each.candidate and each.base == self._last:
                    yield _Head(each.head, each.commit, each.base, into=each.base)

    def _worth(self, heads: Sequence[_Head], known: Container[str]) -> list[_Head]:
        """Return the heads that change this pipeline and have no promotion; remember the others."""
        name = self.settings.deployment.name
        seen = SeenHeads(objects=self.objects, folder=f"{self.settings.records}/looked/{name}")
        before = seen.read() if heads else frozenset()
        fresh = [each for each in heads if each.entry not in before]
        found = [each for each in fresh if candidate_id(name, each.commit) not in known and self._touched(each)]
        settled = {each.entry for each in heads} - {each.entry for each in found}
        if settled - before:
            seen.write(settled)
        return found

    def _touched(self, head: _Head) -> bool:
        return any(is_pipelines(path, self._folder) for path in self._changed(head.commit, head.before))

    def _changed(self, commit: str, before: str) -> Sequence[str]:
        return self.git_provider.changed(commit, since=before, trunk=self._last)

    @property
    def _folder(self) -> str:
        return f"pipelines/{self.settings.deployment.pipeline}"

    @property
    def _last(self) -> str:
        return self.settings.chain.branches[-1]

    @property
    def _releases(self) -> bool:
        return self._last in self.settings.chain.own_branches

    @property
    def _approvals(self) -> Approvals:
        return Approvals(settings=self.settings, git_provider=self.git_provider, models=self.models)
