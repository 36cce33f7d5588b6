"""What is evaluated: which pushes become candidates, which are stopped, and why."""

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
from groundwork.factory.seen_heads import Looked
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
    """The branch that it is compared with."""
    into: str | None = None
    """Where a person's pull request wants it to go."""

    @property
    def entry(self) -> str:
        """What is remembered of it."""
        return f"{self.commit} {self.before}"


@dataclass(frozen=True, kw_only=True)
class Intake:
    """The interface of one deployment's factory."""

    settings: Settings
    git_provider: GitProvider
    models: Models
    objects: fsspec.AbstractFileSystem

    def candidate(self, branch: str, commit: str, *, into: str | None = None) -> Candidate:
        """Return what a push is a candidate of; raises GroundworkError for what is not evaluated."""
        goes_to = into if into is not None else target(self.settings.chain, branch)
        made = self.git_provider.commit(commit)
        return self._released(branch, made) if goes_to is None else self._going_up(branch, made, goes_to)

    def _going_up(self, branch: str, made: Commit, goes_to: str) -> Candidate:
        heads = self.git_provider.branches()
        before = since(self.settings.chain, goes_to, heads)
        require_pipeline_change(self._changed(made.id, before), self._folder)
        merged = self.git_provider.merged_as(made.id)
        return Candidate(
            id=candidate_id(self.settings.deployment.name, made.id),
            deployment=self.settings.deployment.name,
            branch=branch,
            target=goes_to,
            commit=made.id,
            author=merged.author if merged else made.author,  # the merge itself is the factory's
            people=tuple(sorted(self._people(made.id, [heads[name] for name in (before, self._last) if name in heads]))),
            subject=made.subject,
            parent=merged.candidate if merged else "",
            base=heads[before],
        )

    def _people(self, commit: str, without: Sequence[str]) -> frozenset[str]:
        """Return who has a part in a change: in its commits, and in the pull requests whose merges are among them."""
        merges = (each for each in self.git_provider.line(commit, since=without, below=self._folder) if len(each.parents) > 1)
        opened = {merged.author for each in merges if (merged := self.git_provider.merged_as(each.id))}
        return self.git_provider.people(commit, since=without) | opened

    def _released(self, branch: str, made: Commit) -> Candidate:
        """Return the candidate that a commit on the last branch is; raises GroundworkError where nobody approved it.

        While nothing serves, there is nothing to lose: the first is taken as it is.
        """
        approvals = self._approvals
        merged, given = self.git_provider.merged_as(made.id), approvals.given(made.id)
        if given is None and approvals.serves:
            raise GroundworkError(
                "not-approved",
                f"commit {made.id[:12]} is on the last branch of the chain without an approved pull request of the factory"
                + approvals.why_not(made.id),
                "push the change to the first branch of the chain; people approve it from there",
            )
        people = approvals.people(made.id) if given else self.git_provider.people(made.id, since=made.parents)
        return Candidate(
            id=candidate_id(self.settings.deployment.name, made.id),
            deployment=self.settings.deployment.name,
            branch=branch,
            target=None,
            commit=made.id,
            author=merged.author if merged else made.author,  # as above
            people=tuple(sorted(people)),
            approved_by=given.reviewer if given else "",
            subject=made.subject,
            parent=merged.candidate if merged else "",
            base=made.parents[0] if made.parents else made.id,
        )

    def require_newest(self, branch: str, commit: str) -> None:
        """Raise GroundworkError where a later change of this deployment stands on the branch."""
        if not self.is_newest(branch, commit):
            raise GroundworkError(
                "outdated", f"`{printable(branch)}` is at another commit by now", "nothing to do: the later push is evaluated"
            )

    def is_newest(self, branch: str, commit: str) -> bool:
        """Return whether a commit is what a branch brings of this pipeline: its head, or the last branch's newest approved merge.

        Whatever else lands on the last branch (the platform's, another pipeline's, what nobody approved) overtakes nothing.
        """
        if branch == self._last and self._releases:
            return self._approvals.newest() == commit
        return self.git_provider.branches().get(branch) == commit

    def missed(self, known: Container[str]) -> Iterator[tuple[str, str, str | None]]:
        """Yield what no promotion knows: branch, commit, and where a person's pull request wants it to go.

        They are heads of the chain's branches here that bring something of this pipeline's, the last branch's newest approved
        merge, and people's pull requests. What was looked at and brought nothing, or nothing new, is not looked at again.
        """
        yield from ((each.branch, each.commit, each.into) for each in self._worth(list(self._heads()), known))
        released = self._approvals.newest() if self._releases else None
        if released and candidate_id(self.settings.deployment.name, released) not in known:
            yield self._last, released, None

    def _heads(self) -> Iterator[_Head]:
        """Yield the heads of branches here that the next one of the chain lacks, and of people's pull requests to the last."""
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
        """Return those that bring something of this pipeline's that no promotion knows, and remember the others."""
        name = self.settings.deployment.name
        looked = Looked(objects=self.objects, folder=f"{self.settings.records}/looked/{name}")
        before = looked.read() if heads else frozenset()
        fresh = [each for each in heads if each.entry not in before]
        found = [each for each in fresh if candidate_id(name, each.commit) not in known and self._touched(each)]
        settled = {each.entry for each in heads} - {each.entry for each in found}
        if settled - before:
            looked.write(settled)
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
