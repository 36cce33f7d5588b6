"""What of a history is a candidate's own, what a branch's line brought, and which branches another lacks."""

from __future__ import annotations

from pathlib import Path

import pytest

from groundwork.ports.errors import Absent
from groundwork.twin.core.store import Store
from groundwork.twin.github import git, history
from tests.contract.git_provider_place import Place

MODEL, README = "pipelines/p/models.py", "README.md"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return a repository whose `release` lags behind `main` by one commit of the platform's."""
    made = Place(Store(tmp_path / "twin"), tmp_path / "clone")
    made.push("main", made.commit({MODEL: "1\n", README: "1\n", "old.md": "1\n"}))
    made.push("release", "main")
    made.push("main", made.commit({README: "2\n"}))
    return made


def own(place: Place, since: str = "release") -> list[str]:
    return place.git_provider.changed(place.push("feature/x"), since=since, trunk="main")


def start(place: Place, at: str) -> None:
    place.git("fetch", "--quiet", str(place.bare), "+refs/heads/*:refs/heads/kept/*")
    place.git("checkout", "--quiet", "-B", "work", f"kept/{at}")


def test_what_a_branch_has_from_the_trunk_is_not_its_own(place: Place) -> None:
    """A commit of the platform's on `main` that `release` does not have yet makes no push a mixed one."""
    start(place, "main")
    commit = place.push("feature/x", place.commit({MODEL: "2\n"}))
    assert [README, MODEL] == place.git_provider.changed(commit, since="release")
    assert [MODEL] == own(place)


def test_bringing_an_old_file_back_is_a_change(place: Place) -> None:
    """`release` has the old one too, so a comparison with it alone would not show it."""
    start(place, "main")
    place.commit({MODEL: "2\n", README: "1\n"})
    assert [README, MODEL] == own(place)


def test_bringing_back_what_release_has_moved_on_from_is_a_change_though_main_has_the_same(place: Place) -> None:
    start(place, "release")
    place.push("release", place.commit({MODEL: "2\n"}))
    place.commit({MODEL: "1\n"})
    assert [MODEL] == own(place)


def test_a_file_that_is_as_on_the_trunk_now_came_from_there(place: Place) -> None:
    start(place, "release")
    place.commit({README: "2\n", MODEL: "2\n"})
    assert [MODEL] == own(place)


def test_what_the_trunk_went_on_with_later_is_not_the_branchs(place: Place) -> None:
    start(place, "main")
    place.commit({MODEL: "2\n"})
    work = place.git("rev-parse", "HEAD")
    place.git("checkout", "--quiet", "-B", "main", "kept/main")
    place.push("main", place.commit({README: "3\n"}))
    place.git("checkout", "--quiet", work)
    assert [MODEL] == own(place)


def test_a_file_that_the_branch_removes_or_adds_is_its_own(place: Place) -> None:
    start(place, "main")
    place.git("rm", "--quiet", "old.md")
    place.commit({"new.md": "1\n"})
    assert ["new.md", "old.md"] == own(place)


def test_a_merge_of_both_branches_is_explained_by_them(place: Place) -> None:
    start(place, "release")
    place.push("release", place.commit({MODEL: "2\n"}))
    place.git("merge", "--quiet", "--no-edit", "kept/main")
    assert [] == own(place)
    place.commit({README: "mine\n"})
    assert [README] == own(place)


def test_what_both_branches_changed_differently_is_whatever_the_branch_made_of_it(place: Place) -> None:
    start(place, "release")
    place.push("release", place.commit({README: "release\n"}))
    place.git("merge", "--quiet", "--no-edit", "--strategy=ours", "kept/main")
    assert [README] == own(place)


def test_branches_that_were_merged_crosswise_bring_what_is_new(place: Place) -> None:
    start(place, "main")
    feature = place.commit({MODEL: "2\n"})
    start(place, "release")
    release = place.commit({"other.md": "1\n"})
    place.git("merge", "--quiet", "--no-edit", feature)
    place.push("release")
    place.git("checkout", "--quiet", feature)
    place.git("merge", "--quiet", "--no-edit", release)
    assert [] == own(place)
    place.commit({MODEL: "3\n"})
    assert [MODEL] == own(place)


def test_a_history_of_its_own_is_all_its_own(place: Place) -> None:
    place.git("checkout", "--quiet", "--orphan", "alone")
    place.commit({MODEL: "1\n"})
    assert sorted(["a.txt", "old.md", README, MODEL]) == own(place)


def test_to_the_trunk_itself_everything_else_counts(place: Place) -> None:
    start(place, "release")
    place.commit({MODEL: "2\n", README: "2\n"})
    assert [MODEL] == own(place, since="main")


def test_branches_that_others_have_are_told_apart_in_one_question(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    heads = place.git_provider.branches()
    for number in range(3):
        place.push(f"feature/idle-{number}", "main")
    lone = place.push("feature/new", place.commit({MODEL: "2\n"}))
    asked: list[str] = []

    def output(path: Path, *words: str, reads: bytes = b"", **environment: str) -> tuple[int, bytes, str]:
        asked.append(words[0])
        return git.output(path, *words, reads=reads, **environment)

    monkeypatch.setattr(history, "output", output)
    assert {"feature/new": lone} == place.git_provider.unmerged([heads["main"], heads["release"]])
    assert 1 == asked.count("for-each-ref")
    assert {"feature/new": lone, "main": heads["main"]} == {
        name: at for name, at in place.git_provider.unmerged([heads["release"]]).items() if "idle" not in name
    }
    assert len(place.git_provider.branches()) == len(place.git_provider.unmerged([]))
    with pytest.raises(Absent):
        place.git_provider.unmerged(["main"])


def test_a_line_has_what_changed_the_folder_and_nothing_of_what_was_merged_into_it(place: Place) -> None:
    start(place, "main")
    base = place.git("rev-parse", "HEAD")
    place.commit({MODEL: "2\n"}, "Inner")
    place.git("checkout", "--quiet", "-B", "main", base)
    place.commit({README: "3\n"}, "Platform")
    place.git("merge", "--quiet", "--no-ff", "-m", "Merge", "work")
    merge = place.git("rev-parse", "HEAD")
    direct = place.commit({MODEL: "3\n"}, "Direct")
    head = place.push("main", place.commit({README: "4\n"}, "Platform again"))

    line = place.git_provider.line(head, since=[base], below="pipelines/p")
    assert [(direct, 1), (merge, 2)] == [(each.id, len(each.parents)) for each in line]
    assert ([MODEL], [MODEL], [README]) == tuple(place.git_provider.touched(each) for each in (direct, merge, head))
    assert [] == place.git_provider.line(head, since=[direct], below="pipelines/p")
    assert [] == place.git_provider.line(head, since=[base], below="pipelines/p*"), "a folder is no pattern"


def test_a_merge_is_known_by_its_commit(place: Place) -> None:
    request = place.approved(base="main", file="c.txt")
    assert place.git_provider.merged_as(request.commit) is None
    merge = place.git_provider.merge(request.number, commit=request.commit)
    assert place.git_provider.merged_as(merge) == place.git_provider.pull_request(request.number)
