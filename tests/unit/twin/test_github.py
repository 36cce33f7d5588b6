"""What the twin's Git provider does beside the contract: merges that are raced or killed, events, pushers, few calls of git."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from groundwork.factory.admission import Admission
from groundwork.ports import git_provider as port
from groundwork.ports.errors import Conflict
from groundwork.twin.cloudbuild.matching import Push
from groundwork.twin.core.store import Store
from groundwork.twin.github import events, git, history, pushers
from groundwork.twin.github.history import History
from tests.contract.conftest import TwinWorld
from tests.contract.repository import Repository, as_, people
from tests.unit.factory.promoted import settings
from tests.unit.factory.world import World as FactoryWorld

if TYPE_CHECKING:
    from typing import TextIO

FOLDER = "pipelines/forecasting"
ADA, GRACE, ALAN = (f"{name}@northwind.example" for name in ("ada", "grace", "alan"))


@pytest.fixture
def world(tmp_path: Path) -> TwinWorld:
    return TwinWorld(tmp_path / "twin")


@pytest.fixture
def repository(world: TwinWorld, tmp_path: Path) -> Repository:
    return Repository(world, tmp_path / "clone")


def test_a_base_that_moves_meanwhile_is_tried_again(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    request = repository.approved()
    repository.git("checkout", "--quiet", "main")
    other = repository.commit({"other.txt": "x\n"})
    move, moves = History.move, [0]

    def late(history: History, branch: str, *, before: str | None, to: str) -> bool:
        moves[0] += 1
        if moves[0] == 1:
            repository.push("main", other)
        return move(history, branch, before=before, to=to)

    monkeypatch.setattr(History, "move", late)
    merge = repository.git_provider.merge(1, commit=request.commit)
    assert (moves[0], repository.git_provider.commit(merge).parents) == (2, (other, request.commit))


def test_a_merge_that_was_killed_before_it_was_recorded_is_found_again(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = repository.approved()
    with monkeypatch.context() as patch:
        patch.setattr(
            "groundwork.twin.github.pull_requests.PullRequestTable.end", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        with pytest.raises(KeyboardInterrupt):
            repository.git_provider.merge(1, commit=request.commit)
    refs = repository.refs()
    assert repository.git_provider.merge(1, commit=request.commit) == repository.git_provider.branches()["main"]
    assert repository.refs() == refs


@pytest.fixture
def fired(monkeypatch: pytest.MonkeyPatch) -> list[Push]:
    seen: list[Push] = []
    lock = threading.Lock()

    def fire(_store: Store, _path: Path, push: Push, _stream: TextIO, _cancelled: Callable[[], str]) -> None:
        with lock:
            seen.append(push)

    monkeypatch.setattr(events, "fire", fire)
    return seen


def test_a_merge_and_a_persons_proposal_are_events_each_delivered_once(
    world: TwinWorld, repository: Repository, fired: list[Push]
) -> None:
    main = repository.git_provider.branches()["main"]
    request = repository.approved(base="release")
    merge = repository.git_provider.merge(1, commit=request.commit)
    repository.git_provider.merge(1, commit=request.commit)
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123  a device
        threads = [threading.Thread(target=events.deliver, args=(Store(world.store.root), nowhere, lambda: "")) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert events.deliver(world.store, nowhere, lambda: "") == 0
    opened, moved = sorted(fired, key=lambda push: push.pull is None)
    assert opened.pull is not None
    assert (opened.pull.number, opened.pull.base, opened.branch, opened.commit) == (1, "release", "feature/x", request.commit)
    assert (opened.files, opened.before) == (("b.txt",), main)
    assert (moved.branch, moved.before, moved.commit, moved.files) == ("release", None, merge, ("b.txt",))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the git commands that are run from now on."""
    words: list[str] = []
    real = git.output

    def output(path: Path, *arguments: str, **more: object) -> tuple[int, bytes, str]:
        words.append(arguments[0])
        return real(path, *arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(history, "output", output)
    return words


def test_git_is_asked_as_often_with_a_thousand_idle_branches_as_with_fifty(repository: Repository, asked: list[str]) -> None:
    factory = FactoryWorld()
    main = repository.push("main", repository.commit({f"{FOLDER}/models.py": "1\n"}))
    note = repository.push("feature/note", repository.commit({"NOTES.md": "1\n"}))
    lone = repository.push("feature/new", repository.commit({f"{FOLDER}/models.py": "2\n"}))
    intake = Admission(
        settings=settings("feature/*", "release"), git_provider=repository.git_provider, models=factory.models,
        objects=factory.objects,
    )  # fmt: skip
    counts = {}
    for number in (50, 1000):
        refs = "".join(f"create refs/heads/feature/{number}-{each} {main if each % 2 else note}\n" for each in range(number))
        repository.git("--git-dir", repository.url, "update-ref", "--stdin", input_=refs.encode())
        list(intake.missed(()))
        asked.clear()
        assert [("feature/new", lone, None)] == list(intake.missed(()))
        counts[number] = len(asked)
    assert counts[1000] <= 2 * counts[50]
    assert counts[1000] < 40


def test_branches_that_others_have_are_told_apart_in_one_question(repository: Repository, asked: list[str]) -> None:
    repository.push("feature/new", repository.commit({"b.txt": "2\n"}))
    heads = repository.git_provider.branches()
    asked.clear()
    assert ["feature/new"] == list(repository.git_provider.unmerged([heads["main"]]))
    assert 1 == asked.count("for-each-ref")


def test_half_an_answer_is_none(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand commits before it do not hide the one that a reviewer made."""
    monkeypatch.setattr(history, "MOST", 3)
    for number in range(4):
        as_(repository, ADA, str(number))
    with pytest.raises(Conflict, match="push it in smaller parts"):
        people(repository, repository.push("feature/x"))
    assert port.MOST >= 1000


def pushed_by(repository: Repository, branch: str, *options: str, **environment: str) -> frozenset[str]:
    """Push through the real hook and return who has a part in it then."""
    git = ["git", *options, "push", "--quiet", repository.url, f"HEAD:refs/heads/{branch}"]
    clean = {"PATH": os.environ["PATH"], "HOME": "/dev/null/nowhere", "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(git, cwd=repository.clone, env={**clean, **environment}, check=True, capture_output=True)
    return people(repository, repository.git("rev-parse", "HEAD"))


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
    repository: Repository, options: tuple[str, ...], environment: dict[str, str]
) -> None:
    as_(repository, ADA, "One")
    as_(repository, ADA, "Two")
    assert {ADA, GRACE} == pushed_by(repository, "feature/x", *options, **environment)


def test_where_nobody_says_who_pushes_the_commits_alone_say_it(repository: Repository) -> None:
    as_(repository, ADA)
    assert {ADA} == pushed_by(repository, "feature/x")


def test_a_commit_that_somebody_builds_on_keeps_its_pusher(repository: Repository) -> None:
    first = as_(repository, ADA, "One")
    as_(repository, ADA, "Two")
    pushed_by(repository, "feature/hers", GROUNDWORK_PERSON=GRACE)
    repository.git("reset", "--hard", "--quiet", first)
    as_(repository, ADA, "Three")
    assert {ADA, GRACE, ALAN} == pushed_by(repository, "feature/his", GROUNDWORK_PERSON=ALAN)


def test_a_line_that_was_cut_off_is_nobodys(repository: Repository) -> None:
    commit = repository.push("feature/x", as_(repository, ADA))
    pushers.record(Path(repository.url), [commit], GRACE)
    with (Path(repository.url) / "groundwork-pushers").open("a") as file:
        file.write('["cut')
    assert {ADA, GRACE} == people(repository, commit)
