"""`groundwork review`: strangers' text cannot act on a terminal, and a review decision says who, why and on what."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from groundwork.cli import review
from groundwork.contract.variables import PERSON_VARIABLE
from groundwork.errors import GroundworkError
from groundwork.ports.git_provider import Commit, Proposal, PullRequest, ReviewDecision
from tests.helpers.hostile_strings import NASTIES

if TYPE_CHECKING:
    from typer.testing import Result

REQUEST = PullRequest(
    number=7, title="t", body="b", head="feature/x", base="release", commit="c" * 40, author="ada@northwind.example",
    reviewers=("grace@northwind.example",), candidate="cand", report="sha256:" + "1" * 64, state="open",
    opened=datetime(2026, 1, 1, tzinfo=UTC), closed=None, merge_commit="",
)  # fmt: skip
DIFF = "diff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -1,2 +1,2 @@\n-old\n+++ new\n+diff --git a/y b/y\n same\n"


class FakeGitProvider:
    """One pull request, and what was done to it."""

    def __init__(self, request: PullRequest) -> None:
        self.request = request
        self.done: list[Any] = []
        self.said: list[str] = []

    def branches(self) -> dict[str, str]:
        return {"feature/x": "c" * 40}

    def commit(self, commit: str) -> Commit:
        return Commit(id=commit, author="a", subject="A subject", at=self.request.opened, parents=())

    def pull_requests(self, *, state: str = "open") -> list[PullRequest]:
        return [self.request] if state == "open" else []

    def pull_request(self, number: int) -> PullRequest:
        return self.request

    def decisions(self, number: int) -> list[ReviewDecision]:
        return []

    def comments(self, number: int) -> list[str]:
        return self.said

    def comment(self, number: int, text: str, *, key: str) -> None:
        self.said.append(text)

    def close(self, number: int) -> None:
        self.done.append(("close", number))

    def diff(self, number: int) -> str:
        return DIFF

    def decide(self, number: int, decision: ReviewDecision) -> None:
        self.done.append(decision)

    def open(self, proposal: Proposal) -> PullRequest:
        self.done.append(proposal)
        return self.request


@pytest.fixture
def git_provider(monkeypatch: pytest.MonkeyPatch) -> FakeGitProvider:
    made = FakeGitProvider(REQUEST)
    monkeypatch.setattr(review, "_git_provider", lambda _: (made, None))
    monkeypatch.setattr(review, "continue_promotions", lambda _, environment: made.done.append(f"woken at {environment}"))
    monkeypatch.setenv(PERSON_VARIABLE, "env@northwind.example")
    return made


def run(*words: str) -> Result:
    return CliRunner().invoke(review.app, words)


@pytest.mark.parametrize("nasty", NASTIES)
def test_strangers_text_does_not_act_on_a_terminal(git_provider: FakeGitProvider, nasty: str) -> None:
    git_provider.request = replace(REQUEST, title=nasty, body=nasty, head=nasty, base=nasty, author=nasty, reviewers=(nasty,))
    git_provider.said = [nasty]
    for words in (("list",), ("show", "7"), ("show", "7", "--diff")):
        shown = run(*words)
        assert shown.exit_code == 0
        acting = [c for c in shown.stdout if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and c not in "\n\t"]
        assert acting == []
    assert len(run("list").stdout.splitlines()) == 2
    for words in (("list", "--json"), ("show", "7", "--json")):
        shown = run(*words)
        assert shown.stdout.isascii()
        found = json.loads(shown.stdout)
        assert (found[0] if isinstance(found, list) else found)["title"] == nasty


@pytest.mark.usefixtures("git_provider")
def test_a_diffs_own_lines_are_not_taken_for_files() -> None:
    assert run("show", "7").stdout.splitlines()[-1] == "  x.py  +2 -1"


@pytest.mark.parametrize(("word", "approved"), [("approve", True), ("reject", False)])
def test_a_review_decision_is_on_what_is_proposed_or_was_seen(
    git_provider: FakeGitProvider, word: str, *, approved: bool
) -> None:
    run(word, "7", "--reason", "good", "--as", "grace@northwind.example")
    run(word, "7", "--reason", "good", "--commit", "d" * 40, "--report", "sha256:2", "-e", "prod")
    first, wake, second, other_wake = git_provider.done
    assert (first.approved, first.reviewer, first.reason) == (approved, "grace@northwind.example", "good")
    assert (first.commit, first.report) == (REQUEST.commit, REQUEST.report)
    assert (second.commit, second.report, second.reviewer) == ("d" * 40, "sha256:2", "env@northwind.example")
    assert (wake, other_wake) == ("woken at dev", "woken at prod")


def test_a_review_decision_says_why(git_provider: FakeGitProvider) -> None:
    assert run("approve", "7").exit_code == 2
    refused = run("approve", "7", "--reason", " ")
    assert isinstance(refused.exception, GroundworkError)
    assert refused.exception.code == "reason-missing"
    assert git_provider.done == []


@pytest.mark.usefixtures("git_provider")
def test_who_reviews_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PERSON_VARIABLE)
    monkeypatch.setenv("PATH", "/dev/null/nowhere")
    refused = run("approve", "7", "--reason", "good")
    assert isinstance(refused.exception, GroundworkError)
    assert refused.exception.code == "person-missing"


def test_a_branch_is_proposed_at_its_commit_by_a_person(git_provider: FakeGitProvider) -> None:
    run("open", "feature/x", "--to", "main")
    proposal, wake = git_provider.done
    assert (proposal.commit, proposal.title, proposal.author) == ("c" * 40, "A subject", "env@northwind.example")
    assert wake == "woken at dev"
    refused = run("open", "feature/gone", "--to", "main")
    assert "there is no branch `feature/gone`" in str(refused.exception)


def test_a_comment_says_whose_it_is(git_provider: FakeGitProvider) -> None:
    run("comment", "7", "hm")
    run("comment", "7", "hm")
    assert git_provider.said == ["env@northwind.example: hm"] * 2


@pytest.mark.parametrize("who", ["Ada@northwind.example", "grace@northwind.example"])
def test_one_is_closed_by_who_proposed_or_reviews_it_and_says_why(git_provider: FakeGitProvider, who: str) -> None:
    assert 0 == run("close", "7", "--reason", "another comes", "--as", who).exit_code
    assert ([("close", 7), "woken at dev"], [f"{who} closed this: another comes"]) == (git_provider.done, git_provider.said)


def test_a_stranger_closes_nothing(git_provider: FakeGitProvider) -> None:
    refused = run("close", "7", "--reason", "why not", "--as", "eve@elsewhere.example").exception
    assert isinstance(refused, GroundworkError)
    assert "close-denied" == refused.code
    assert [] == git_provider.done + git_provider.said
