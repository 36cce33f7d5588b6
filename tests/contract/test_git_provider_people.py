"""The people behind a change: those its commits name, in every spelling, and those who pushed and proposed it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from groundwork.ports import git_provider as port
from groundwork.ports.errors import Conflict, Denied
from groundwork.twin.core.store import Store
from groundwork.twin.github import history, pushers
from tests.contract.git_provider_place import REPORT, Place, decision
from tests.helpers.hostile_strings import NASTIES

ADA, BARBARA, GRACE, ALAN = (f"{name}@northwind.example" for name in ("ada", "barbara", "grace", "alan"))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(Store(tmp_path / "twin"), tmp_path / "clone")


def as_(place: Place, who: str, message: str = "Change something", *, file: str = "b.txt") -> str:
    place.author = who
    commit = place.commit({file: f"{who} {message}\n"}, message)
    place.author = ADA
    return commit


def people(place: Place, commit: str, *since: str) -> frozenset[str]:
    return place.git_provider.people(commit, since=since or [place.git_provider.branches()["main"]])


def test_everybody_in_every_commit_has_a_part(place: Place) -> None:
    """Not only who made the newest: a reviewer's own change below somebody else's comment is hers."""
    as_(place, GRACE)
    commit = as_(place, BARBARA, "Say why\n\nCo-Authored-By: Alan <Alan@Northwind.Example.>")
    place.push("feature/x")
    assert {GRACE, ALAN, BARBARA, ADA} == people(place, commit), "Ada pushed it"
    assert frozenset() == people(place, commit, commit), "what is there already is nobody's to bring"


def test_who_committed_for_another_has_a_part(place: Place) -> None:
    place.commit({"b.txt": "x\n"})
    who = {"GIT_COMMITTER_NAME": "G", "GIT_COMMITTER_EMAIL": GRACE, "HOME": "/dev/null/nowhere"}
    subprocess.run(
        ["git", "commit", "--quiet", "--amend", "--no-edit"], cwd=place.clone, env={**os.environ, **who}, check=True
    )  # fmt: skip
    assert {ADA, GRACE} == people(place, place.push("feature/x"))


def test_merged_commits_count_and_what_the_base_has_does_not(place: Place) -> None:
    place.git("checkout", "--quiet", "-b", "side", "main")
    as_(place, GRACE)
    place.git("checkout", "--quiet", "main")
    place.push("main", as_(place, ALAN, file="c.txt"))
    place.git("merge", "--quiet", "--no-edit", "side")
    assert {ADA, GRACE} == people(place, place.push("feature/x"))


def test_strangers_text_hides_nobody(place: Place) -> None:
    """One commit each, whose message and trailer have it beside an address: each address is found."""
    for number, nasty in enumerate(NASTIES):
        line = " ".join(nasty.replace("\0", "").split())
        place.commit({"b.txt": str(number)}, f"{nasty}\n\nCo-authored-by: {line} <{number}@n.example>".replace("\0", ""))
    found = people(place, place.push("feature/x"))
    assert {ADA, *(f"{number}@n.example" for number in range(len(NASTIES)))} <= found


def test_half_an_answer_is_none(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand commits before it do not hide the one that a reviewer made."""
    monkeypatch.setattr(history, "MOST", 3)
    for number in range(4):
        as_(place, ADA, str(number))
    with pytest.raises(Conflict, match="bring it in parts"):
        people(place, place.push("feature/x"))
    assert port.MOST >= 1000


def pushed_by(place: Place, branch: str, *options: str, **environment: str) -> frozenset[str]:
    """Push through the real hook and return who has a part in it then."""
    git = ["git", *options, "push", "--quiet", str(place.bare), f"HEAD:refs/heads/{branch}"]
    clean = {"PATH": os.environ["PATH"], "HOME": "/dev/null/nowhere", "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(git, cwd=place.clone, env={**clean, **environment}, check=True, capture_output=True)
    return people(place, place.git("rev-parse", "HEAD"))


@pytest.mark.parametrize(
    ("options", "environment"),
    [
        ((), {"GROUNDWORK_PERSON": GRACE}),
        ((), {"GROUNDWORK_PERSON": "eve@elsewhere.example", "GROUNDWORK_IDENTITY": GRACE}),
        (("-c", f"user.email={GRACE}"), {}),
        ((), {"GIT_COMMITTER_EMAIL": GRACE}),
    ],
)
def test_who_pushed_has_a_part_whatever_the_commits_say(
    place: Place, options: tuple[str, ...], environment: dict[str, str]
) -> None:
    as_(place, ADA, "One")
    as_(place, ADA, "Two")
    assert {ADA, GRACE} == pushed_by(place, "feature/x", *options, **environment)


def test_where_nobody_says_who_pushes_the_commits_alone_say_it(place: Place) -> None:
    as_(place, ADA)
    assert {ADA} == pushed_by(place, "feature/x")


def test_a_commit_that_somebody_builds_on_keeps_its_pusher(place: Place) -> None:
    first = as_(place, ADA, "One")
    as_(place, ADA, "Two")
    pushed_by(place, "feature/hers", GROUNDWORK_PERSON=GRACE)
    place.git("reset", "--hard", "--quiet", first)
    as_(place, ADA, "Three")
    assert {ADA, GRACE, ALAN} == pushed_by(place, "feature/his", GROUNDWORK_PERSON=ALAN)


def test_a_line_that_was_cut_off_is_nobodys(place: Place) -> None:
    commit = place.push("feature/x", as_(place, ADA))
    pushers.record(place.bare, [commit], GRACE)
    with (place.bare / "groundwork-pushers").open("a") as file:
        file.write('["cut')
    assert {ADA, GRACE} == people(place, commit)


@pytest.mark.parametrize("who", ["grace@northwind.example", "Grace+work@NORTHWIND.example.", "\uff47race@northwind.example"])
def test_a_reviewer_with_a_part_in_it_does_not_decide_under_any_spelling(place: Place, who: str) -> None:
    place.git("checkout", "--quiet", "-B", "work", "main")
    as_(place, who)
    commit = place.push("feature/x", as_(place, ADA, "Add a comment"))
    number = place.git_provider.open(
        port.Proposal(head="feature/x", base="main", commit=commit, title="t", body="", author=ADA)
    ).number
    request = place.git_provider.present(number, body="b", candidate="c", report=REPORT, reviewers=[GRACE, ALAN])
    with pytest.raises(Denied, match=rf"is among the authors of #{number}") as denied:
        place.git_provider.decide(number, decision(request, reviewer=GRACE))
    assert f"ask another reviewer: {ALAN}" in denied.value.hint
    place.git_provider.decide(number, decision(request, reviewer=ALAN))


def test_where_every_reviewer_has_a_part_the_way_out_is_said(place: Place) -> None:
    """A stranger may write all their addresses into a commit."""
    trailers = "".join(f"Co-authored-by: x <{who}>\n" for who in (GRACE, ALAN))
    place.git("checkout", "--quiet", "-B", "work", "main")
    commit = place.push("feature/x", as_(place, ADA, f"Change\n\n{trailers}"))
    place.git_provider.open(port.Proposal(head="feature/x", base="main", commit=commit, title="t", body="", author=ADA))
    request = place.git_provider.present(1, body="b", candidate="c", report=REPORT, reviewers=[GRACE, ALAN])
    with pytest.raises(Denied) as denied:
        place.git_provider.decide(1, decision(request, reviewer=GRACE))
    assert "nobody is left to decide: close it" in denied.value.hint
    place.git_provider.close(1)
    assert "closed" == place.git_provider.pull_request(1).state
