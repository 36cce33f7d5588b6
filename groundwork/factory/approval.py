"""Look up approvals of merges into the last branch, with the receiving environment's own list of reviewers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from groundwork.contract.change_scope import is_pipelines
from groundwork.contract.factory_settings import Settings
from groundwork.errors import GroundworkError
from groundwork.factory.review_decisions import Question, counting, waited_for
from groundwork.ports.git_provider import LINE, Commit, GitProvider, PullRequest, ReviewDecision
from groundwork.ports.models import CHAMPION, Models, Version

SEARCHED = 100
"""The number of the pipeline's newest commits on the last branch that are searched for an approved merge."""


@dataclass(frozen=True, kw_only=True)
class Approvals:
    """The merges into the last branch since the champion, as the Git provider has them at one moment."""

    settings: Settings
    git_provider: GitProvider
    models: Models

    @cached_property
    def serves(self) -> bool:
        """Whether the deployment has a version in this environment."""
        return bool(self._versions)

    def newest(self) -> str | None:
        """Return the newest approved merge since the champion; before the first release, the branch's head without one."""
        # decision 15: the first release needs no approved merge
        merged = next((each.id for each in self._line[:SEARCHED] if self.approval(each.id)), None)
        return merged if merged or self.serves else self._head

    def approval(self, commit: str) -> ReviewDecision | None:
        """Return the approval of the pull request that a commit merged into the last branch; None if none counts."""
        asked = self._asked(commit)
        decision = counting(asked[1], self.git_provider.decisions(asked[0].number)) if asked else None
        return decision if decision and decision.approved else None

    def why_not(self, commit: str) -> str:
        """Return why no review decision on the merged commit counts, as the end of a sentence, or ""."""
        asked = self._asked(commit)
        return f": #{asked[0].number} {waited_for(asked[1], self.git_provider.decisions(asked[0].number))}" if asked else ""

    def people(self, commit: str) -> frozenset[str]:
        """Return the contributors to everything that a commit on the last branch would release: every change since the champion.

        Before the first release, return the contributors to the commit itself.
        """
        since = self._served if self.serves else self.git_provider.commit(commit).parents[:1]
        parts = self.git_provider.line(commit, since=since, below=self._folder)
        if len(parts) >= LINE:
            raise GroundworkError(
                "release-too-large",
                f"{commit[:12]} would release {LINE} changes or more at once",
                "add the label `commit` to the champion's version in the model registry",
            )
        return frozenset[str]().union(*(self._of_part(part) for part in parts if self._is_pipelines(part)))

    def _is_pipelines(self, part: Commit) -> bool:
        return any(is_pipelines(path, self._folder) for path in self.git_provider.touched(part.id))

    def _of_part(self, part: Commit) -> frozenset[str]:
        merged = self.git_provider.merged_as(part.id)
        return self.git_provider.people(part.id, since=part.parents[:1]) | ({merged.author} if merged else set())

    def _asked(self, commit: str) -> tuple[PullRequest, Question] | None:
        """Return the pull request that a commit merged into the last branch, and the subject of its review decision."""
        merged = self.git_provider.merged_as(commit)
        if merged is None or merged.base != self.settings.chain.branches[-1] or not merged.report:
            return None
        people = self.people(commit) | {merged.author}
        reviewers = self.settings.reviewers
        return merged, Question(commit=merged.commit, report=merged.report, reviewers=reviewers, people=people)

    @property
    def _folder(self) -> str:
        return f"pipelines/{self.settings.deployment.pipeline}"

    @cached_property
    def _head(self) -> str | None:
        return self.git_provider.branches().get(self.settings.chain.branches[-1])

    @cached_property
    def _line(self) -> Sequence[Commit]:
        return self.git_provider.line(self._head, since=self._served, below=self._folder) if self._head else []

    @cached_property
    def _served(self) -> list[str]:
        """The champion's commit in a list; empty before the first release, or if its version has no such label."""
        serving = [each for each in self._versions if CHAMPION in each.aliases] or self._versions[-1:]
        return [commit for each in serving if (commit := each.labels.get("commit", ""))]

    @cached_property
    def _versions(self) -> Sequence[Version]:
        return self.models.versions(self.settings.deployment.name)
