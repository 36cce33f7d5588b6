"""A repository on a twin, with a clone to commit in, for tests of the Git provider."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from groundwork.ports.git_provider import GitProvider, Proposal, PullRequest, ReviewDecision
from groundwork.twin.core.store import Store
from groundwork.twin.github.client import twin_git_provider
from groundwork.twin.interfaces.git import install

PROJECT = "northwind-ml-dev"
REMOTE = "https://github.com/northwind/forecasting.git"
SECRET = f"projects/{PROJECT}/secrets/github-factory"
FACTORY = f"factory@{PROJECT}.iam.gserviceaccount.com"
REPORT = "sha256:" + "ab" * 32


@dataclass
class Place:
    """A repository with a branch `main`, and a clone of it to commit in."""

    store: Store
    clone: Path
    author: str = "ada@northwind.example"
    git_provider: GitProvider = field(init=False)

    def __post_init__(self) -> None:
        self.clone.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit({"a.txt": "1\n"}, "Begin")
        self.bare = install(self.store, REMOTE, self.clone)
        self.git_provider = twin_git_provider(self.store, None, REMOTE, SECRET)

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
        self.git("push", "--quiet", "--force", str(self.bare), f"{commit}:refs/heads/{branch}")
        return self.git("rev-parse", commit)

    def refs(self) -> str:
        return self.git("--git-dir", str(self.bare), "for-each-ref")

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
