"""What is judged: which pushes become candidates, which are stopped, and why."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass

from groundwork.errors import GroundworkError
from groundwork.factory.candidate import Candidate, candidate_id
from groundwork.factory.chain import since, stage, target
from groundwork.factory.lane import require_lane
from groundwork.factory.settings import Settings
from groundwork.ports.forge import Commit, Forge, PullRequest
from groundwork.ports.models import Models
from groundwork.printable import printable


@dataclass(frozen=True, kw_only=True)
class Intake:
    """The door of one deployment's factory."""

    settings: Settings
    forge: Forge
    models: Models

    def candidate(self, branch: str, commit: str, *, into: str | None = None) -> Candidate:
        """Return what a push is a candidate of; raises GroundworkError for what is not judged."""
        goes_to = into if into is not None else target(self.settings.chain, branch)
        made, merged = self.forge.commit(commit), self._merge_of(commit)
        if goes_to is None:
            self._require_approval(made, merged)
            base = made.parents[0] if made.parents else commit
        else:
            before = self.since(goes_to)
            require_lane(self.forge.changed(commit, since=before), f"pipelines/{self.settings.deployment.pipeline}")
            base = self.forge.branches()[before]
        return Candidate(
            id=candidate_id(self.settings.deployment.name, commit),
            deployment=self.settings.deployment.name,
            branch=branch,
            target=goes_to,
            commit=commit,
            author=merged.author if merged else made.author,  # the merge itself is the factory's
            subject=made.subject,
            parent=merged.candidate if merged else "",
            base=base,
        )

    def since(self, goes_to: str) -> str:
        """Return the branch that a change is compared with."""
        return since(self.settings.chain, goes_to, self.forge.branches())

    def _require_approval(self, commit: Commit, merged: PullRequest | None) -> None:
        """Raise GroundworkError unless an approved pull request brought this onto the last branch, or nothing serves yet."""
        given = self.forge.verdict(merged.number) if merged else None
        if merged and given and given.approved and (given.report, given.commit) == (merged.report, merged.commit):
            return
        if self._serves():
            raise GroundworkError(
                "not-approved",
                f"commit {commit.id[:12]} is on the last branch of the chain without an approved pull request of the factory",
                "push the change to the first branch of the chain; people approve it from there",
            )

    def _merge_of(self, commit: str) -> PullRequest | None:
        return next((each for each in self.forge.pull_requests(state="merged") if each.merge_commit == commit), None)

    def _serves(self) -> bool:
        return bool(self.models.versions(self.settings.deployment.name))

    def require_newest(self, branch: str, commit: str) -> None:
        """Raise GroundworkError where a later push stands on the branch."""
        if self.forge.branches().get(branch) != commit:
            raise GroundworkError(
                "outdated", f"`{printable(branch)}` is at another commit by now", "nothing to do: the later push is judged"
            )

    def missed(self, known: Container[str]) -> Iterator[tuple[str, str, str | None]]:
        """Yield what no promotion knows: branch, commit, and where a person's pull request wants it to go.

        They are heads of the chain's branches here that bring something of this pipeline's, and people's pull requests likewise.
        """
        chain, name, heads = self.settings.chain, self.settings.deployment.name, self.forge.branches()
        for branch, commit in heads.items():
            if stage(chain, branch) in chain.here and candidate_id(name, commit) not in known and self._worth(branch, commit):
                yield branch, commit, None
        if chain.branches[-2] in chain.here:
            for each in self.forge.pull_requests():
                newest = heads.get(each.head) == each.commit and candidate_id(name, each.commit) not in known
                asked = not each.candidate and each.base == chain.branches[-1]
                if newest and asked and self._touched(each.commit, each.base):
                    yield each.head, each.commit, each.base

    def _worth(self, branch: str, commit: str) -> bool:
        goes_to = target(self.settings.chain, branch)
        if goes_to is None:
            return self._merge_of(commit) is not None or not self._serves()
        return self._touched(commit, goes_to)

    def _touched(self, commit: str, goes_to: str) -> bool:
        changed = self.forge.changed(commit, since=self.since(goes_to))
        return any(path.startswith(f"pipelines/{self.settings.deployment.pipeline}/") for path in changed)
