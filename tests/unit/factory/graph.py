"""A repository in memory whose commits have parents, people and files, and two environments whose factories share it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from groundwork.contract.accounts import account
from groundwork.ports.git_provider import Commit, ReviewDecision
from tests.unit.factory.clock import ScheduledTopic
from tests.unit.factory.fakes import NOON, GitProvider
from tests.unit.factory.promoted import Factory, Story, settings

MODEL, README = "pipelines/forecasting/models.py", "README.md"
MACHINE = "factory@groundwork.invalid"
RECEIVING = {"release": ("grace@n.example", "alan@n.example"), "main": ("zoe@n.example", "yan@n.example", "alan@n.example")}
"""Who decides on what comes to a branch: two environments with lists of their own."""


@dataclass(frozen=True)
class Made:
    """One commit, with its whole tree."""

    parents: tuple[str, ...]
    people: frozenset[str]
    files: Mapping[str, str]


@dataclass
class Repository(GitProvider):
    """A Git provider that takes every review decision, whoever gives it: what counts is the factory's to say."""

    commits: dict[str, Made] = field(default_factory=dict)
    merged: list[tuple[int, str, frozenset[str]]] = field(default_factory=list)
    """By whom what was brought by each merge, as the graph tells when it was made: number, base, people."""

    def add(self, branch: str, people: Iterable[str], files: Mapping[str, str], *, onto: str = "main", then: str = "") -> str:
        """Commit on a branch, which begins at another where it is new; `then` is merged into it."""
        at = self.heads.get(branch) or self.heads.get(onto) or self.heads.get("main", "")
        before = self.commits[at].files if at else {}
        taken = {**before, **(self.commits[then].files if then else {}), **files}
        parents = tuple(each for each in (at, then) if each)
        id_ = f"{len(self.commits) + 1:012x}" + "0" * 28
        self.commits[id_] = Made(parents, frozenset(map(account, people)), taken)
        self.heads[branch] = id_
        return id_

    def history(self, *commits: str) -> set[str]:
        """Return all that is in the histories of commits."""
        found: set[str] = set()
        todo = list(commits)
        while todo:
            if (each := todo.pop()) not in found:
                found.add(each)
                todo += self.commits[each].parents
        return found

    def part(self, commit: str, *without: str) -> frozenset[str]:
        """Return who is in a commit's history and not in others'."""
        brought = self.history(commit) - self.history(*without)
        return frozenset[str]().union(*(self.commits[each].people for each in brought))

    def commit(self, commit: str) -> Commit:
        made = self.commits[commit]
        return Commit(id=commit, author=min(made.people), subject="Fit", at=NOON, parents=made.parents)

    def contains(self, branch: str, commit: str) -> bool:
        return branch in self.heads and commit in self.history(self.heads[branch])

    def unmerged(self, into: Collection[str]) -> Mapping[str, str]:
        with self.clock.call("git_provider.unmerged"):
            known = self.history(*into)
            return {name: at for name, at in self.heads.items() if at not in known}

    def line(self, commit: str, *, since: Collection[str], below: str) -> list[Commit]:
        with self.clock.call("git_provider.line"):
            known, found, at = self.history(*since), [], commit
            while at and at not in known:
                parents = self.commits[at].parents
                found += [self.commit(at)] if self._differs(at, parents[:1], below) else []
                at = parents[0] if parents else ""
            return found

    def touched(self, commit: str) -> list[str]:
        with self.clock.call("git_provider.touched"):
            made = self.commits[commit]
            before = self.commits[made.parents[0]].files if made.parents else {}
            return sorted(path for path, text in made.files.items() if text != before.get(path))

    def people(self, commit: str, *, since: Collection[str]) -> frozenset[str]:
        with self.clock.call("git_provider.people"):
            return self.part(commit, *since)

    def changed(self, commit: str, *, since: str, trunk: str | None = None) -> list[str]:
        with self.clock.call("git_provider.changed"):
            files = self.commits[commit].files
            heads = [self.heads[name] for name in (since, trunk) if name in self.heads]
            bases = [self.commits[max(self.history(commit) & self.history(head))].files for head in heads]
            return sorted(path for path in files if all(files[path] != base.get(path) for base in bases))

    def merge(self, number: int, *, commit: str) -> str:
        with self.clock.call("git_provider.merge"):
            request = self.made[number]
            if request.merge_commit:
                return request.merge_commit
            heads = [self.heads[name] for name in (request.base, "main") if name in self.heads]
            self.merged.append((number, request.base, self.part(commit, *heads)))
            merge = self.add(request.base, [MACHINE], {}, then=commit)
            self.made[number] = replace(request, state="merged", merge_commit=merge, closed=NOON)
            return merge

    def _differs(self, commit: str, parents: Collection[str], below: str) -> bool:
        before = [self.commits[each].files for each in parents] or [{}]
        files = self.commits[commit].files
        return any(path.startswith(f"{below}/") and text != before[0].get(path) for path, text in files.items())


class Company:
    """Development and production of one client, each with reviewers of its own, and what production serves from the start."""

    def __init__(self) -> None:
        self.git_provider = Repository(ScheduledTopic())
        self.git_provider.add("main", ["founder@n.example"], {MODEL: "0", README: "0"})
        self.development, self.production = self._story("feature/*", "release"), self._story("main")
        self.production.attempt(lambda story: story.reconcile())

    def _story(self, *here: str) -> Story:
        world = Factory()
        world.git_provider = self.git_provider
        last = "main" in here
        lists = {"reviewers": RECEIVING["main" if last else "release"], "next_reviewers": () if last else RECEIVING["main"]}
        return Story(settings(*here).model_copy(update=lists), world, (), None)

    def push(self, branch: str, commit: str) -> None:
        """Have the environment of a branch hear of a push."""
        story = self.production if branch == "main" else self.development
        story.attempt(lambda story: story.factory().push(branch, commit))

    def decide(self, base: str, who: str, *, approved: bool = True) -> None:
        """Say something to every open question about what is to go to a branch."""
        for number, request in self.git_provider.made.items():
            if request.state == "open" and request.base == base:
                said = ReviewDecision(
                    approved=approved, reviewer=who, commit=request.commit, report=request.report, reason="so it is", at=NOON
                )
                self.git_provider.decide(number, said)

    def reconcile(self) -> None:
        """Have both environments look."""
        for story in (self.development, self.production):
            story.attempt(lambda story: story.reconcile())

    def released(self) -> list[str]:
        """Return the commits that production's versions were made of, in order."""
        return [each.labels["commit"] for each in self.production.world.models.made]
