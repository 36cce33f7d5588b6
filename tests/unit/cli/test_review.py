"""`groundwork review`: strangers' text cannot act on a terminal, and a verdict says who, why and on what."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from groundwork.cli import review
from groundwork.errors import GroundworkError
from groundwork.ports.forge import Commit, Proposal, PullRequest, Verdict
from tests.helpers.hostile_strings import NASTIES

if TYPE_CHECKING:
    from typer.testing import Result

REQUEST = PullRequest(
    number=7, title="t", body="b", head="feature/x", base="release", commit="c" * 40, author="ada@northwind.example",
    reviewers=("grace@northwind.example",), candidate="cand", report="sha256:" + "1" * 64, state="open",
    opened=datetime(2026, 1, 1, tzinfo=UTC), closed=None, merge_commit="",
)  # fmt: skip
DIFF = "diff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -1,2 +1,2 @@\n-old\n+++ new\n+diff --git a/y b/y\n same\n"


class FakeForge:
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

    def verdicts(self, number: int) -> list[Verdict]:
        return []

    def comments(self, number: int) -> list[str]:
        return self.said

    def comment(self, number: int, text: str, *, key: str) -> None:
        self.said.append(text)

    def close(self, number: int) -> None:
        self.done.append(("close", number))

    def diff(self, number: int) -> str:
        return DIFF

    def decide(self, number: int, verdict: Verdict) -> None:
        self.done.append(verdict)

    def open(self, proposal: Proposal) -> PullRequest:
        self.done.append(proposal)
        return self.request


@pytest.fixture
def forge(monkeypatch: pytest.MonkeyPatch) -> FakeForge:
    made = FakeForge(REQUEST)
    monkeypatch.setattr(review, "_forge", lambda _: (made, None))
    monkeypatch.setattr(review, "after", lambda _, stack: made.done.append(f"knocked at {stack}"))
    monkeypatch.setenv(review.VARIABLE, "env@northwind.example")
    return made


def run(*words: str) -> Result:
    return CliRunner().invoke(review.app, words)


@pytest.mark.parametrize("nasty", NASTIES)
def test_strangers_text_does_not_act_on_a_terminal(forge: FakeForge, nasty: str) -> None:
    forge.request = replace(REQUEST, title=nasty, body=nasty, head=nasty, base=nasty, author=nasty, reviewers=(nasty,))
    forge.said = [nasty]
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


@pytest.mark.usefixtures("forge")
def test_a_diffs_own_lines_are_not_taken_for_files() -> None:
    assert run("show", "7").stdout.splitlines()[-1] == "  x.py  +2 -1"


@pytest.mark.parametrize(("word", "approved"), [("approve", True), ("reject", False)])
def test_a_verdict_is_on_what_is_proposed_or_was_seen(forge: FakeForge, word: str, *, approved: bool) -> None:
    run(word, "7", "--because", "good", "--as", "grace@northwind.example")
    run(word, "7", "--because", "good", "--commit", "d" * 40, "--report", "sha256:2", "--stack", "prod")
    first, knock, second, other_knock = forge.done
    assert (first.approved, first.reviewer, first.because) == (approved, "grace@northwind.example", "good")
    assert (first.commit, first.report) == (REQUEST.commit, REQUEST.report)
    assert (second.commit, second.report, second.reviewer) == ("d" * 40, "sha256:2", "env@northwind.example")
    assert (knock, other_knock) == ("knocked at dev", "knocked at prod")


def test_a_verdict_says_why(forge: FakeForge) -> None:
    assert run("approve", "7").exit_code == 2
    refused = run("approve", "7", "--because", " ")
    assert isinstance(refused.exception, GroundworkError)
    assert refused.exception.code == "no-reason"
    assert forge.done == []


@pytest.mark.usefixtures("forge")
def test_who_reviews_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(review.VARIABLE)
    monkeypatch.setenv("PATH", "/dev/null/nowhere")
    refused = run("approve", "7", "--because", "good")
    assert isinstance(refused.exception, GroundworkError)
    assert refused.exception.code == "who-are-you"


def test_a_branch_is_proposed_at_its_commit_by_a_person(forge: FakeForge) -> None:
    run("open", "feature/x", "--to", "main")
    proposal, knock = forge.done
    assert (proposal.commit, proposal.title, proposal.author) == ("c" * 40, "A subject", "env@northwind.example")
    assert knock == "knocked at dev"
    refused = run("open", "feature/gone", "--to", "main")
    assert "there is no branch `feature/gone`" in str(refused.exception)


def test_a_comment_says_whose_it_is(forge: FakeForge) -> None:
    run("comment", "7", "hm")
    run("comment", "7", "hm")
    assert forge.said == ["env@northwind.example: hm"] * 2


@pytest.mark.parametrize("who", ["Ada@northwind.example", "grace@northwind.example"])
def test_one_is_closed_by_who_proposed_or_reviews_it_and_says_why(forge: FakeForge, who: str) -> None:
    assert 0 == run("close", "7", "--because", "another comes", "--as", who).exit_code
    assert ([("close", 7), "knocked at dev"], [f"{who} closed this: another comes"]) == (forge.done, forge.said)


def test_a_stranger_closes_nothing(forge: FakeForge) -> None:
    refused = run("close", "7", "--because", "why not", "--as", "eve@elsewhere.example").exception
    assert isinstance(refused, GroundworkError)
    assert "not-yours" == refused.code
    assert [] == forge.done + forge.said
