"""What of a history is a candidate's own, what a branch's line brought, and which branches another lacks."""

from __future__ import annotations

from pathlib import Path

import pytest

from groundwork.ports.errors import Absent
from tests.contract.conftest import World
from tests.contract.repository import Repository

MODEL, README = "pipelines/p/models.py", "README.md"


@pytest.fixture
def repository(world: World, tmp_path: Path) -> Repository:
    """Return a repository whose `release` lags behind `main` by one commit of the platform's."""
    repository = Repository(world, tmp_path / "clone")
    repository.push("main", repository.commit({MODEL: "1\n", README: "1\n", "old.md": "1\n"}))
    repository.push("release", "main")
    repository.push("main", repository.commit({README: "2\n"}))
    return repository


def own(repository: Repository, since: str = "release") -> list[str]:
    return repository.git_provider.changed(repository.push("feature/x"), since=since, trunk="main")


def start(repository: Repository, at: str) -> None:
    repository.git("fetch", "--quiet", repository.url, "+refs/heads/*:refs/heads/kept/*")
    repository.git("checkout", "--quiet", "-B", "work", f"kept/{at}")


def test_what_a_branch_has_from_the_trunk_is_not_its_own(repository: Repository) -> None:
    """A commit of the platform's on `main` that `release` does not have yet makes no push a mixed one."""
    start(repository, "main")
    commit = repository.push("feature/x", repository.commit({MODEL: "2\n"}))
    assert [README, MODEL] == repository.git_provider.changed(commit, since="release")
    assert [MODEL] == own(repository)


def test_bringing_an_old_file_back_is_a_change(repository: Repository) -> None:
    """`release` has the old one too, so a comparison with it alone would not show it."""
    start(repository, "main")
    repository.commit({MODEL: "2\n", README: "1\n"})
    assert [README, MODEL] == own(repository)


def test_bringing_back_what_release_has_moved_on_from_is_a_change_though_main_has_the_same(repository: Repository) -> None:
    start(repository, "release")
    repository.push("release", repository.commit({MODEL: "2\n"}))
    repository.commit({MODEL: "1\n"})
    assert [MODEL] == own(repository)


def test_a_file_that_is_as_on_the_trunk_now_came_from_there(repository: Repository) -> None:
    start(repository, "release")
    repository.commit({README: "2\n", MODEL: "2\n"})
    assert [MODEL] == own(repository)


def test_what_the_trunk_went_on_with_later_is_not_the_branchs(repository: Repository) -> None:
    start(repository, "main")
    repository.commit({MODEL: "2\n"})
    work = repository.git("rev-parse", "HEAD")
    repository.git("checkout", "--quiet", "-B", "main", "kept/main")
    repository.push("main", repository.commit({README: "3\n"}))
    repository.git("checkout", "--quiet", work)
    assert [MODEL] == own(repository)


def test_a_file_that_the_branch_removes_or_adds_is_its_own(repository: Repository) -> None:
    start(repository, "main")
    repository.git("rm", "--quiet", "old.md")
    repository.commit({"new.md": "1\n"})
    assert ["new.md", "old.md"] == own(repository)


def test_a_merge_of_both_branches_is_explained_by_them(repository: Repository) -> None:
    start(repository, "release")
    repository.push("release", repository.commit({MODEL: "2\n"}))
    repository.git("merge", "--quiet", "--no-edit", "kept/main")
    assert [] == own(repository)
    repository.commit({README: "mine\n"})
    assert [README] == own(repository)


def test_what_both_branches_changed_differently_is_whatever_the_branch_made_of_it(repository: Repository) -> None:
    start(repository, "release")
    repository.push("release", repository.commit({README: "release\n"}))
    repository.git("merge", "--quiet", "--no-edit", "--strategy=ours", "kept/main")
    assert [README] == own(repository)


def test_branches_that_were_merged_crosswise_bring_what_is_new(repository: Repository) -> None:
    start(repository, "main")
    feature = repository.commit({MODEL: "2\n"})
    start(repository, "release")
    release = repository.commit({"other.md": "1\n"})
    repository.git("merge", "--quiet", "--no-edit", feature)
    repository.push("release")
    repository.git("checkout", "--quiet", feature)
    repository.git("merge", "--quiet", "--no-edit", release)
    assert [] == own(repository)
    repository.commit({MODEL: "3\n"})
    assert [MODEL] == own(repository)


def test_a_history_of_its_own_is_all_its_own(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "--orphan", "alone")
    repository.commit({MODEL: "1\n"})
    assert sorted(["a.txt", "old.md", README, MODEL]) == own(repository)


def test_to_the_trunk_itself_everything_else_counts(repository: Repository) -> None:
    start(repository, "release")
    repository.commit({MODEL: "2\n", README: "2\n"})
    assert [MODEL] == own(repository, since="main")


def test_a_line_has_what_changed_the_folder_and_nothing_of_what_was_merged_into_it(repository: Repository) -> None:
    start(repository, "main")
    base = repository.git("rev-parse", "HEAD")
    repository.commit({MODEL: "2\n"}, "Inner")
    repository.git("checkout", "--quiet", "-B", "main", base)
    repository.commit({README: "3\n"}, "Platform")
    repository.git("merge", "--quiet", "--no-ff", "-m", "Merge", "work")
    merge = repository.git("rev-parse", "HEAD")
    direct = repository.commit({MODEL: "3\n"}, "Direct")
    head = repository.push("main", repository.commit({README: "4\n"}, "Platform again"))

    line = repository.git_provider.line(head, since=[base], below="pipelines/p")
    assert [(direct, 1), (merge, 2)] == [(each.id, len(each.parents)) for each in line]
    assert ([MODEL], [MODEL], [README]) == tuple(repository.git_provider.touched(each) for each in (direct, merge, head))
    assert [] == repository.git_provider.line(head, since=[direct], below="pipelines/p")
    assert [] == repository.git_provider.line(head, since=[base], below="pipelines/p*"), "a folder is no pattern"


def test_a_merge_is_known_by_its_commit(repository: Repository) -> None:
    request = repository.approved(base="main", file="c.txt")
    assert repository.git_provider.merged_as(request.commit) is None
    merge = repository.git_provider.merge(request.number, commit=request.commit)
    assert repository.git_provider.merged_as(merge) == repository.git_provider.pull_request(request.number)


def test_branches_that_others_have_are_told_apart(repository: Repository) -> None:
    heads = repository.git_provider.branches()
    for number in range(3):
        repository.push(f"feature/idle-{number}", "main")
    lone = repository.push("feature/new", repository.commit({MODEL: "2\n"}))
    assert {"feature/new": lone} == repository.git_provider.unmerged([heads["main"], heads["release"]])
    assert {"feature/new": lone, "main": heads["main"]} == {
        name: at for name, at in repository.git_provider.unmerged([heads["release"]]).items() if "idle" not in name
    }
    assert len(repository.git_provider.branches()) == len(repository.git_provider.unmerged([]))
    with pytest.raises(Absent):
        repository.git_provider.unmerged(["main"])
