"""What every `GitProvider` does: branches and files as data, pull requests, and review decisions on what was seen."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from groundwork.ports.errors import Absent, Conflict, Denied
from groundwork.ports.git_provider import Proposal
from tests.contract.conftest import World
from tests.contract.repository import REPORT, Repository, decision, proposal
from tests.helpers.hostile_strings import NASTIES


@pytest.fixture
def repository(world: World, tmp_path: Path) -> Repository:
    return Repository(world, tmp_path / "clone")


def test_branches_commits_and_files_are_read(repository: Repository) -> None:
    commit = repository.push("feature/x", repository.commit({"d/é.txt": "x\n"}, "Subject\n\nbody"))
    assert repository.git_provider.branches() == {"main": repository.git("rev-parse", "HEAD~1"), "feature/x": commit}
    read = repository.git_provider.commit(commit)
    assert (read.author, read.subject, read.parents) == (
        "ada@northwind.example",
        "Subject",
        (repository.git("rev-parse", "HEAD~1"),),
    )
    assert repository.git_provider.changed(commit, since="main") == ["d/é.txt"]
    assert repository.git_provider.changed(commit, since="gone") == ["a.txt", "d/é.txt"]
    assert repository.git_provider.read("d/é.txt", commit) == b"x\n"
    assert [repository.git_provider.contains(branch, commit) for branch in ("feature/x", "main", "gone")] == [True, False, False]


def test_what_is_no_file_of_the_commit_is_absent(repository: Repository) -> None:
    repository.clone.joinpath("link").symlink_to("/etc/passwd")
    commit = repository.push("feature/x", repository.commit({"d/x.txt": "x\n"}))
    for path in ("gone", "d", "d/", "link", "../a.txt", "/a.txt", "a.t*", ":(top)a.txt", "", *NASTIES):
        with pytest.raises(Absent):
            repository.git_provider.read(path, commit)


def test_what_is_no_full_hash_of_a_commit_is_absent(repository: Repository) -> None:
    tree = repository.git("rev-parse", "HEAD^{tree}")
    for commit in ("HEAD", "main", "--all", "0" * 40, "refs/heads/main", "a" * 7, tree, *NASTIES):
        for ask in (
            repository.git_provider.commit, lambda each: repository.git_provider.changed(each, since="main"),
            _reading(repository),
            lambda each: repository.git_provider.difference(each, base=repository.git_provider.branches()["main"]),
        ):  # fmt: skip
            with pytest.raises(Absent):
                ask(commit)


def _reading(repository: Repository) -> Callable[[str], bytes]:
    return lambda commit: repository.git_provider.read("a.txt", commit)


def test_a_difference_names_every_file_with_what_became_of_it(repository: Repository) -> None:
    base = repository.push(
        "main", repository.commit({"old.txt": "line\n" * 50, "gone.txt": "x\n", "run.sh": "true\n", "same.txt": "s\n"})
    )
    repository.git("mv", "old.txt", "new.txt")
    repository.git("rm", "--quiet", "gone.txt")
    repository.clone.joinpath("run.sh").chmod(0o755)
    repository.clone.joinpath("link").symlink_to("/etc/passwd")
    commit = repository.push("feature/x", repository.commit({"a.txt": "22\n", "d/b.txt": "b"}))

    found = repository.git_provider.difference(commit, base=base)

    assert base == found.since
    assert [
        ("a.txt", "a.txt", "100644", "100644", 3, 2),
        ("d/b.txt", "", "100644", "", 1, 0),
        ("", "gone.txt", "", "100644", 0, 2),
        ("link", "", "120000", "", 11, 0),
        ("new.txt", "old.txt", "100644", "100644", 250, 250),
        ("run.sh", "run.sh", "100755", "100644", 5, 5),
    ] == [(each.path, each.path_before, each.mode, each.mode_before, each.size, each.size_before) for each in found.files]


def test_a_difference_is_from_where_the_commits_parted(repository: Repository) -> None:
    """What others brought onto the base meanwhile is not the candidate's."""
    parted = repository.git("rev-parse", "HEAD")
    base = repository.push("main", repository.commit({"theirs.txt": "x\n"}))
    repository.git("checkout", "--quiet", "-B", "work", parted)
    commit = repository.push("feature/x", repository.commit({"ours.txt": "x\n"}))

    assert ["ours.txt"] == [each.path for each in repository.git_provider.difference(commit, base=base).files]
    assert () == repository.git_provider.difference(parted, base=base).files


def test_without_a_history_in_common_everything_is_new(repository: Repository) -> None:
    base = repository.git("rev-parse", "HEAD")
    repository.git("checkout", "--quiet", "--orphan", "alone")
    found = repository.git_provider.difference(repository.push("feature/x", repository.commit({"b.txt": "x\n"})), base=base)

    assert ("", [("a.txt", ""), ("b.txt", "")]) == (found.since, [(each.path, each.path_before) for each in found.files])


def test_a_history_that_parted_twice_is_refused(repository: Repository) -> None:
    """A line that one side retracted would be the same as at the other place, and be merged without being seen."""
    start = repository.git("rev-parse", "HEAD")
    left = repository.commit({"left.txt": "x\n"})
    repository.git("checkout", "--quiet", "-B", "work", start)
    right = repository.commit({"right.txt": "x\n"})
    crossed = [repository.git("commit-tree", f"{own}^{{tree}}", "-p", own, "-p", other, "-m", "Cross") for own, other in
               ((left, right), (right, left))]  # fmt: skip
    base, commit = (repository.push(branch, each) for branch, each in zip(("main", "feature/x"), crossed, strict=True))

    with pytest.raises(Conflict, match="in 2 places"):
        repository.git_provider.difference(commit, base=base)


def test_a_difference_reads_any_path_as_data(repository: Repository) -> None:
    base = repository.git("rev-parse", "HEAD")
    names = ["-x", "a b", "q\"uo'te", "tab\there", "line\nend", "é", ":100644 x"]
    commit = repository.push("feature/x", repository.commit({f"d{number}/{name}": "x" for number, name in enumerate(names)}))

    assert [f"d{number}/{name}" for number, name in enumerate(names)] == [
        each.path for each in repository.git_provider.difference(commit, base=base).files
    ]


def test_a_pushed_replacement_shows_no_other_commit(repository: Repository) -> None:
    """`refs/replace/X` would show another commit wherever git is asked for X; a reviewer would read what is not merged."""
    real = repository.push("feature/x", repository.commit({"a.txt": "evil\n"}))
    fake = repository.commit({"a.txt": "fine\n"})
    repository.git("push", "--quiet", repository.url, f"{fake}:refs/replace/{real}")
    assert repository.git_provider.read("a.txt", real) == b"evil\n"


def test_a_proposal_is_opened_once_and_stays_at_its_commit(repository: Repository) -> None:
    opened = repository.propose()
    assert (opened.number, opened.state, opened.report) == (1, "open", "")
    assert repository.git_provider.open(proposal("feature/x", "main", opened.commit)) == opened
    moved = repository.push("feature/x", repository.commit({"c.txt": "later\n"}))
    assert repository.git_provider.pull_request(1).commit == opened.commit
    with pytest.raises(Conflict, match=r"#1 .* is open at"):
        repository.git_provider.open(proposal("feature/x", "main", moved))
    repository.git_provider.close(1)
    repository.git_provider.close(1)
    assert repository.git_provider.open(proposal("feature/x", "main", moved)).number == 2
    assert [each.number for each in repository.git_provider.pull_requests(state="closed")] == [1]


def test_what_cannot_be_proposed_is_refused_with_the_reason(repository: Repository) -> None:
    main = repository.push("feature/same", "main")
    lone = repository.git("commit-tree", "HEAD^{tree}", "-m", "no history")
    repository.push("feature/lone", lone)
    for head, base, commit, error, reason in (
        ("feature/gone", "main", main, Absent, "no branch"),
        ("feature/same", "main", main, Conflict, "nothing to merge"),
        ("feature/same", "release", lone, Conflict, "is not in the branch"),
        ("feature/lone", "main", lone, Conflict, "no history in common"),
        ("feature/lone", "release", lone, Conflict, "lacks commits of main"),
        ("feature/same", "a..b", main, Conflict, "not a valid name of a branch"),
    ):
        with pytest.raises(error, match=reason):
            repository.git_provider.open(proposal(head, base, commit))
    assert repository.git_provider.pull_requests() == []


def test_a_merge_is_a_commit_of_two_parents_and_is_made_once(repository: Repository) -> None:
    request = repository.approved()
    main = repository.git("rev-parse", "main")
    merge = repository.git_provider.merge(1, commit=request.commit)
    made = repository.git_provider.commit(merge)
    assert (made.parents, made.subject) == ((main, request.commit), "Merge pull request #1 from feature/x")
    assert repository.git_provider.branches()["main"] == merge == repository.git_provider.merge(1, commit=request.commit)
    assert repository.git_provider.pull_request(1).merge_commit == merge
    assert "+feature/x" in repository.git_provider.diff(1)
    with pytest.raises(Conflict, match="is merged"):
        repository.git_provider.close(1)


def test_a_base_that_is_not_there_yet_is_made_from_main(repository: Repository) -> None:
    request = repository.approved(base="release")
    assert "release" not in repository.git_provider.branches()
    assert "+feature/x" in repository.git_provider.diff(1)
    merge = repository.git_provider.merge(1, commit=request.commit)
    assert repository.git_provider.branches()["release"] == merge
    assert repository.git_provider.commit(merge).parents[0] == repository.git_provider.branches()["main"]


def test_a_conflict_changes_nothing(repository: Repository) -> None:
    request = repository.approved(file="a.txt")
    repository.git("checkout", "--quiet", "main")
    repository.push("main", repository.commit({"a.txt": "other\n"}))
    before = repository.refs()
    with pytest.raises(Conflict, match=r"both sides changed 'a\.txt'"):
        repository.git_provider.merge(1, commit=request.commit)
    assert (repository.refs(), repository.git_provider.pull_request(1).state) == (before, "open")


def test_only_what_was_approved_is_merged(repository: Repository) -> None:
    request = repository.presented()
    with pytest.raises(Conflict, match="has no review decision"):
        repository.git_provider.merge(1, commit=request.commit)
    repository.git_provider.decide(1, decision(request, approved=False))
    with pytest.raises(Conflict, match="was rejected"):
        repository.git_provider.merge(1, commit=request.commit)
    with pytest.raises(Conflict, match="proposes"):
        repository.git_provider.merge(1, commit="0" * 40)


@pytest.mark.parametrize(
    ("change", "error", "reason"),
    [
        ({"reviewer": "ADA@northwind.example"}, Denied, "is among the authors of #1"),
        ({"reviewer": "eve@northwind.example"}, Denied, "is not among the reviewers of #1"),
        ({"commit": "0" * 40}, Conflict, "is on commit 000000000000"),
        ({"report": "sha256:" + "0" * 64}, Conflict, "is on the report sha256:000000000000"),
        ({"reason": " \n"}, Conflict, "has no reason"),
    ],
)
def test_a_review_decision_that_is_not_bound_to_what_was_seen_is_refused(
    repository: Repository, change: dict[str, Any], error: type[Exception], reason: str
) -> None:
    request = repository.presented()
    given = replace(decision(request), **change)
    with pytest.raises(error, match=reason):
        repository.git_provider.decide(1, given)
    assert [] == repository.git_provider.decisions(1)


def test_who_wrote_the_commit_is_an_author_too(repository: Repository) -> None:
    repository.author = "alan@northwind.example"
    request = repository.presented()
    with pytest.raises(Denied, match=r"alan@northwind\.example is among the authors"):
        repository.git_provider.decide(1, decision(request, reviewer="alan@northwind.example"))


def test_what_was_not_presented_or_is_closed_takes_no_review_decision(repository: Repository) -> None:
    repository.presented()
    repository.git_provider.close(1)
    with pytest.raises(Conflict, match="#1 is closed"):
        repository.git_provider.decide(1, decision(repository.git_provider.pull_request(1)))


def test_a_review_decision_stays_on_what_it_was_given_on(repository: Repository) -> None:
    """What is asked may change; what was said before is not on that."""
    request = repository.approved()
    same = {"body": request.body, "candidate": request.candidate, "report": request.report, "reviewers": request.reviewers}
    assert repository.git_provider.present(1, **same) == request  # type: ignore[arg-type]
    repository.git_provider.present(1, **{**same, "report": "sha256:" + "1" * 64})  # type: ignore[arg-type]
    assert [REPORT] == [given.report for given in repository.git_provider.decisions(1)]


def test_a_question_that_was_withdrawn_takes_no_review_decision_and_keeps_the_one_it_had(repository: Repository) -> None:
    repository.presented()
    shown = repository.git_provider.withdraw(1, body="mine")
    assert ("mine", "", "", (), "open") == (shown.body, shown.candidate, shown.report, shown.reviewers, shown.state)
    with pytest.raises((Conflict, Denied)):
        repository.git_provider.decide(1, decision(shown))

    request = repository.presented("feature/y", file="c.txt")
    repository.git_provider.decide(request.number, decision(request, approved=False))
    repository.git_provider.withdraw(request.number, body="mine")
    assert [False] == [given.approved for given in repository.git_provider.decisions(request.number)]


def test_several_people_decide_and_of_each_the_newest_review_decision_is_there(repository: Repository) -> None:
    request = repository.presented()
    for who, approved in (("grace", True), ("alan", True), ("Grace", False)):
        repository.git_provider.decide(1, decision(request, approved=approved, reviewer=f"{who}@northwind.example"))
    said = [(given.reviewer.partition("@")[0], given.approved) for given in repository.git_provider.decisions(1)]
    assert [("alan", True), ("Grace", False)] == said
    assert repository.git_provider.merge(1, commit=request.commit), "one of them approves"


def test_what_an_approver_rejects_after_all_is_not_merged(repository: Repository) -> None:
    request = repository.approved()
    repository.git_provider.decide(1, decision(request, approved=False))
    with pytest.raises(Conflict, match="was rejected"):
        repository.git_provider.merge(1, commit=request.commit)


def test_review_decisions_that_race_are_all_kept(repository: Repository) -> None:
    request = repository.presented()
    names = [f"reviewer-{number}@northwind.example" for number in range(8)]
    repository.git_provider.present(1, body="text", candidate="c", report=REPORT, reviewers=names)
    start = threading.Barrier(8)

    def decide(who: str) -> None:
        git_provider = repository.seen_by(None)
        start.wait()
        git_provider.decide(1, decision(request, reviewer=who))

    threads = [threading.Thread(target=decide, args=(who,)) for who in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names == sorted(given.reviewer for given in repository.git_provider.decisions(1))


def test_comments_are_kept_once_per_key(repository: Repository) -> None:
    repository.propose()
    for key, text in (("a", "one"), ("b", "two"), ("a", "three")):
        repository.git_provider.comment(1, text, key=key)
    assert repository.git_provider.comments(1) == ["one", "two"]


def test_strangers_text_is_data(repository: Repository, tmp_path: Path) -> None:
    """Titles, messages, files: kept as they are, but for what no UTF-8 can say; nothing of it is run."""
    repository.git("checkout", "--quiet", "-B", "work", "main")
    for number, nasty in enumerate(NASTIES):
        text = nasty.encode("utf-8", "replace").decode()
        repository.commit({f"files/{number}": text}, nasty.replace("\0", ""))
    repository.push("feature/x")
    commit = repository.git_provider.branches()["feature/x"]
    for number, nasty in enumerate(NASTIES, 1):
        repository.git_provider.open(
            Proposal(head="feature/x", base=f"to/{number}", commit=commit, title=nasty, body=nasty, author=nasty)
        )
        repository.git_provider.comment(number, nasty, key=nasty)
        shown = repository.git_provider.present(
            number, body=nasty, candidate=nasty, report=REPORT, reviewers=["g@northwind.example"]
        )
        repository.git_provider.decide(number, replace(decision(shown, reviewer="G@northwind.example"), reason=f"x{nasty}"))
        text = nasty.encode("utf-8", "replace").decode()
        assert (shown.title, shown.body, shown.author, shown.candidate) == (text, text, text, text)
        assert repository.git_provider.comments(number) == [text]
    merge = repository.git_provider.merge(1, commit=commit)
    assert repository.git_provider.contains("to/1", merge)
    assert f"+{NASTIES[0]}" in repository.git_provider.diff(1)
    assert not list(tmp_path.rglob("pwned"))


def test_branch_names_are_names(repository: Repository, tmp_path: Path) -> None:
    """Whatever git lets a branch be called; an expression or an option names none."""
    main = repository.git_provider.branches()["main"]
    named = 0
    for nasty in NASTIES:
        branch = f"feature/{nasty}"
        assert not repository.git_provider.contains(f"{branch}^0", main)
        with suppress(subprocess.CalledProcessError, ValueError, UnicodeEncodeError):
            repository.git("checkout", "--quiet", "-B", "work", "main")
            commit = repository.push(branch, repository.commit({"x.txt": f"{named}\n"}))
            named += 1
            assert repository.git_provider.branches()[branch] == commit
            opened = repository.git_provider.open(proposal(branch, branch + "-to", commit))
            repository.git_provider.present(
                opened.number, body="", candidate="c", report=REPORT, reviewers=["g@northwind.example"]
            )
            given = decision(repository.git_provider.pull_request(opened.number), reviewer="g@northwind.example")
            repository.git_provider.decide(opened.number, given)
            merge = repository.git_provider.merge(opened.number, commit=commit)
            assert repository.git_provider.branches()[branch + "-to"] == merge
    assert named > 12
    assert not list(tmp_path.rglob("pwned"))
    for expression in ("main^0", "main~0", "@", "HEAD", "--all", "refs/heads/main", "main@{0}"):
        assert not repository.git_provider.contains(expression, main)


def test_an_identity_needs_the_credential(repository: Repository) -> None:
    git_provider = repository.seen_by(repository.world.make_account("factory"))
    main = repository.git_provider.branches()["main"]
    calls: list[Callable[[], object]] = [
        git_provider.branches, lambda: git_provider.commit(main), lambda: git_provider.contains("main", main),
        lambda: git_provider.changed(main, since="main"),
        lambda: git_provider.read("a.txt", main), git_provider.pull_requests,
        lambda: git_provider.merge(1, commit=main), lambda: git_provider.diff(1),
        lambda: git_provider.open(proposal("main", "release", main)), lambda: git_provider.comment(1, "x", key="x"),
        lambda: git_provider.close(1),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(Denied, match=r"lacks secretmanager\.versions\.access"):
            call()
    repository.world.make_account("factory", {"roles/secretmanager.secretAccessor": repository.secret})
    assert git_provider.branches() == {"main": main}


def test_a_repository_that_is_not_there_is_absent(repository: Repository) -> None:
    for remote in ("https://github.com/northwind/gone.git", "../../etc"):
        with pytest.raises(Absent):
            repository.world.platform().git_provider(remote, repository.secret)
