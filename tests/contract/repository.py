"""A repository of a world, with a clone to commit in, for tests of the Git provider."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from groundwork.ports.git_provider import GitProvider, Proposal, PullRequest, ReviewDecision
from tests.contract.conftest import World

REPORT = "sha256:" + "ab" * 32


class Repository:
    """A repository with a branch `main`, and a clone of it to commit in."""

    def __init__(self, world: World, clone: Path) -> None:
        self.world, self.clone = world, clone
        self.author = "ada@northwind.example"
        self.clone.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit({"a.txt": "1\n"}, "Begin")
        self.remote, self.url = world.make_repository(self.clone)
        self.secret = world.make_secret("github-factory", "a token")
        self.git_provider = self.seen_by(None)

    def seen_by(self, identity: str | None) -> GitProvider:
        """Return the port, as an identity, with a connection of its own; None may do everything."""
        return self.world.platform(identity).git_provider(self.remote, self.secret)

    def git(self, *arguments: str, input_: bytes = b"") -> str:
        environment = {
            "PATH": os.environ["PATH"], "HOME": "/dev/null/nowhere", "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{who}_{what}": self.author for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        }  # fmt: skip
        done = subprocess.run(["git", *arguments], cwd=self.clone, env=environment, capture_output=True, check=True, input=input_)
        return done.stdout.decode("utf-8", "replace").strip()

    def commit(self, files: dict[str, str], message: str = "Change something") -> str:
        for name, text in files.items():
            (self.clone / name).parent.mkdir(parents=True, exist_ok=True)
            (self.clone / name).write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--allow-empty-message", "--cleanup=verbatim", "-F", "-",
                 input_=message.encode("utf-8", "surrogateescape"))  # fmt: skip
        return self.git("rev-parse", "HEAD")

    def push(self, branch: str, commit: str = "HEAD") -> str:
        self.git("push", "--quiet", "--force", self.url, f"{commit}:refs/heads/{branch}")
        return self.git("rev-parse", commit)

    def refs(self) -> str:
        return self.git("ls-remote", "--refs", self.url)

    def propose(self, branch: str = "feature/x", base: str = "main", *, file: str = "b.txt") -> PullRequest:
        self.git("checkout", "--quiet", "-B", "work", "main")
        commit = self.push(branch, self.commit({file: f"{branch}\n"}))
        return self.git_provider.open(proposal(branch, base, commit))

    def presented(self, branch: str = "feature/x", base: str = "main", *, file: str = "b.txt") -> PullRequest:
        number = self.propose(branch, base, file=file).number
        people = ["Grace@northwind.example", "alan@northwind.example", "ada@northwind.example"]
        return self.git_provider.present(number, body="text", candidate="c", report=REPORT, reviewers=people)

    def approved(self, branch: str = "feature/x", base: str = "main", *, file: str = "b.txt") -> PullRequest:
        request = self.presented(branch, base, file=file)
        self.git_provider.decide(request.number, decision(request))
        return request


def proposal(head: str, base: str, commit: str) -> Proposal:
    return Proposal(head=head, base=base, commit=commit, title="A title", body="A body", author="ada@northwind.example")


def decision(request: PullRequest, *, approved: bool = True, reviewer: str = "grace@northwind.example") -> ReviewDecision:
    return ReviewDecision(
        approved=approved, reviewer=reviewer, commit=request.commit, report=request.report, reason="it is so",
        at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip


def as_(repository: Repository, who: str, message: str = "Change something", *, file: str = "b.txt") -> str:
    """Commit a change as a person, and return the commit."""
    own, repository.author = repository.author, who
    commit = repository.commit({file: f"{who} {message}\n"}, message)
    repository.author = own
    return commit


def people(repository: Repository, commit: str, *since: str) -> frozenset[str]:
    """Return the people who have a part in a commit, since others or since `main`."""
    return repository.git_provider.people(commit, since=since or [repository.git_provider.branches()["main"]])
