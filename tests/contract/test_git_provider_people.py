"""The people behind a change: those its commits name, in every spelling, and those who pushed and proposed it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from groundwork.ports import git_provider as port
from groundwork.ports.errors import Denied
from tests.contract.conftest import World
from tests.contract.repository import REPORT, Repository, as_, decision, people
from tests.helpers.hostile_strings import NASTIES

ADA, BARBARA, GRACE, ALAN = (f"{name}@northwind.example" for name in ("ada", "barbara", "grace", "alan"))


@pytest.fixture
def repository(world: World, tmp_path: Path) -> Repository:
    return Repository(world, tmp_path / "clone")


def test_everybody_in_every_commit_has_a_part(repository: Repository) -> None:
    """Not only who made the newest: a reviewer's own change below somebody else's comment is hers."""
    as_(repository, GRACE)
    commit = as_(repository, BARBARA, "Say why\n\nCo-Authored-By: Alan <Alan@Northwind.Example.>")
    repository.push("feature/x")
    assert {GRACE, ALAN, BARBARA, ADA} == people(repository, commit), "Ada pushed it"
    assert frozenset() == people(repository, commit, commit), "what is there already is nobody's to bring"


def test_who_committed_for_another_has_a_part(repository: Repository) -> None:
    repository.commit({"b.txt": "x\n"})
    who = {"GIT_COMMITTER_NAME": "G", "GIT_COMMITTER_EMAIL": GRACE, "HOME": "/dev/null/nowhere"}
    subprocess.run(
        ["git", "commit", "--quiet", "--amend", "--no-edit"], cwd=repository.clone, env={**os.environ, **who}, check=True
    )  # fmt: skip
    assert {ADA, GRACE} == people(repository, repository.push("feature/x"))


def test_merged_commits_count_and_what_the_base_has_does_not(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "-b", "side", "main")
    as_(repository, GRACE)
    repository.git("checkout", "--quiet", "main")
    repository.push("main", as_(repository, ALAN, file="c.txt"))
    repository.git("merge", "--quiet", "--no-edit", "side")
    assert {ADA, GRACE} == people(repository, repository.push("feature/x"))


def test_strangers_text_hides_nobody(repository: Repository) -> None:
    """One commit each, whose message and trailer have it beside an address: each address is found."""
    for number, nasty in enumerate(NASTIES):
        line = " ".join(nasty.replace("\0", "").split())
        repository.commit({"b.txt": str(number)}, f"{nasty}\n\nCo-authored-by: {line} <{number}@n.example>".replace("\0", ""))
    found = people(repository, repository.push("feature/x"))
    assert {ADA, *(f"{number}@n.example" for number in range(len(NASTIES)))} <= found


@pytest.mark.parametrize("who", ["grace@northwind.example", "Grace+work@NORTHWIND.example.", "\uff47race@northwind.example"])
def test_a_reviewer_with_a_part_in_it_does_not_decide_under_any_spelling(repository: Repository, who: str) -> None:
    repository.git("checkout", "--quiet", "-B", "work", "main")
    as_(repository, who)
    commit = repository.push("feature/x", as_(repository, ADA, "Add a comment"))
    number = repository.git_provider.open(
        port.Proposal(head="feature/x", base="main", commit=commit, title="t", body="", author=ADA)
    ).number
    request = repository.git_provider.present(number, body="b", candidate="c", report=REPORT, reviewers=[GRACE, ALAN])
    with pytest.raises(Denied, match=rf"is among the authors of #{number}") as denied:
        repository.git_provider.decide(number, decision(request, reviewer=GRACE))
    assert f"ask another reviewer: {ALAN}" in denied.value.hint
    repository.git_provider.decide(number, decision(request, reviewer=ALAN))


def test_where_every_reviewer_has_a_part_the_way_out_is_said(repository: Repository) -> None:
    """A stranger may write all their addresses into a commit."""
    trailers = "".join(f"Co-authored-by: x <{who}>\n" for who in (GRACE, ALAN))
    repository.git("checkout", "--quiet", "-B", "work", "main")
    commit = repository.push("feature/x", as_(repository, ADA, f"Change\n\n{trailers}"))
    repository.git_provider.open(port.Proposal(head="feature/x", base="main", commit=commit, title="t", body="", author=ADA))
    request = repository.git_provider.present(1, body="b", candidate="c", report=REPORT, reviewers=[GRACE, ALAN])
    with pytest.raises(Denied) as denied:
        repository.git_provider.decide(1, decision(request, reviewer=GRACE))
    assert "close it: no reviewer is left who may decide" in denied.value.hint
    repository.git_provider.close(1)
    assert "closed" == repository.git_provider.pull_request(1).state
