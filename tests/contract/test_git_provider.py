"""What every `GitProvider` does: branches and files as data, pull requests, and review decisions on what was seen."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from groundwork.ports.errors import Absent, Conflict, Denied
from groundwork.ports.git_provider import Proposal
from groundwork.twin.cloudbuild.matching import Push
from groundwork.twin.core.store import Store
from groundwork.twin.github import events
from groundwork.twin.github.client import twin_git_provider
from groundwork.twin.github.history import History
from tests.contract.git_provider_place import FACTORY, PROJECT, REMOTE, REPORT, SECRET, Place, decision, proposal
from tests.helpers.hostile_strings import NASTIES

if TYPE_CHECKING:
    from typing import TextIO


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(Store(tmp_path / "a twin [1]"), tmp_path / "clone")


def test_branches_commits_and_files_are_read(place: Place) -> None:
    commit = place.push("feature/x", place.commit({"d/é.txt": "x\n"}, "Subject\n\nbody"))
    assert place.git_provider.branches() == {"main": place.git("rev-parse", "HEAD~1"), "feature/x": commit}
    read = place.git_provider.commit(commit)
    assert (read.author, read.subject, read.parents) == ("ada@northwind.example", "Subject", (place.git("rev-parse", "HEAD~1"),))
    assert place.git_provider.changed(commit, since="main") == ["d/é.txt"]
    assert place.git_provider.changed(commit, since="gone") == ["a.txt", "d/é.txt"]
    assert place.git_provider.read("d/é.txt", commit) == b"x\n"
    assert [place.git_provider.contains(branch, commit) for branch in ("feature/x", "main", "gone")] == [True, False, False]


def test_what_is_no_file_of_the_commit_is_absent(place: Place) -> None:
    place.clone.joinpath("link").symlink_to("/etc/passwd")
    commit = place.push("feature/x", place.commit({"d/x.txt": "x\n"}))
    for path in ("gone", "d", "d/", "link", "../a.txt", "/a.txt", "a.t*", ":(top)a.txt", "", *NASTIES):
        with pytest.raises(Absent):
            place.git_provider.read(path, commit)


def test_what_is_no_full_hash_of_a_commit_is_absent(place: Place) -> None:
    tree = place.git("rev-parse", "HEAD^{tree}")
    for commit in ("HEAD", "main", "--all", "0" * 40, "refs/heads/main", "a" * 7, tree, *NASTIES):
        for ask in (
            place.git_provider.commit, lambda each: place.git_provider.changed(each, since="main"), _reading(place),
            lambda each: place.git_provider.difference(each, base=place.git_provider.branches()["main"]),
        ):  # fmt: skip
            with pytest.raises(Absent):
                ask(commit)


def _reading(place: Place) -> Callable[[str], bytes]:
    return lambda commit: place.git_provider.read("a.txt", commit)


def test_a_difference_names_every_file_with_what_became_of_it(place: Place) -> None:
    base = place.push("main", place.commit({"old.txt": "line\n" * 50, "gone.txt": "x\n", "run.sh": "true\n", "same.txt": "s\n"}))
    place.git("mv", "old.txt", "new.txt")
    place.git("rm", "--quiet", "gone.txt")
    place.clone.joinpath("run.sh").chmod(0o755)
    place.clone.joinpath("link").symlink_to("/etc/passwd")
    commit = place.push("feature/x", place.commit({"a.txt": "22\n", "d/b.txt": "b"}))

    found = place.git_provider.difference(commit, base=base)

    assert base == found.since
    assert [
        ("a.txt", "a.txt", "100644", "100644", 3, 2),
        ("d/b.txt", "", "100644", "", 1, 0),
        ("", "gone.txt", "", "100644", 0, 2),
        ("link", "", "120000", "", 11, 0),
        ("new.txt", "old.txt", "100644", "100644", 250, 250),
        ("run.sh", "run.sh", "100755", "100644", 5, 5),
    ] == [(each.path, each.path_before, each.mode, each.mode_before, each.size, each.size_before) for each in found.files]


def test_a_difference_is_from_where_the_commits_parted(place: Place) -> None:
    """What others brought onto the base meanwhile is not the candidate's."""
    parted = place.git("rev-parse", "HEAD")
    base = place.push("main", place.commit({"theirs.txt": "x\n"}))
    place.git("checkout", "--quiet", "-B", "work", parted)
    commit = place.push("feature/x", place.commit({"ours.txt": "x\n"}))

    assert ["ours.txt"] == [each.path for each in place.git_provider.difference(commit, base=base).files]
    assert () == place.git_provider.difference(parted, base=base).files


def test_without_a_history_in_common_everything_is_new(place: Place) -> None:
    base = place.git("rev-parse", "HEAD")
    place.git("checkout", "--quiet", "--orphan", "alone")
    found = place.git_provider.difference(place.push("feature/x", place.commit({"b.txt": "x\n"})), base=base)

    assert ("", [("a.txt", ""), ("b.txt", "")]) == (found.since, [(each.path, each.path_before) for each in found.files])


def test_a_history_that_parted_twice_is_refused(place: Place) -> None:
    """A line that one side retracted would be the same as at the other place, and be merged without being seen."""
    start = place.git("rev-parse", "HEAD")
    left = place.commit({"left.txt": "x\n"})
    place.git("checkout", "--quiet", "-B", "work", start)
    right = place.commit({"right.txt": "x\n"})
    crossed = [place.git("commit-tree", f"{own}^{{tree}}", "-p", own, "-p", other, "-m", "Cross") for own, other in
               ((left, right), (right, left))]  # fmt: skip
    base, commit = (place.push(branch, each) for branch, each in zip(("main", "feature/x"), crossed, strict=True))

    with pytest.raises(Conflict, match="in 2 places"):
        place.git_provider.difference(commit, base=base)


def test_a_difference_reads_any_path_as_data(place: Place) -> None:
    base = place.git("rev-parse", "HEAD")
    names = ["-x", "a b", "q\"uo'te", "tab\there", "line\nend", "é", ":100644 x"]
    commit = place.push("feature/x", place.commit({f"d{number}/{name}": "x" for number, name in enumerate(names)}))

    assert [f"d{number}/{name}" for number, name in enumerate(names)] == [
        each.path for each in place.git_provider.difference(commit, base=base).files
    ]


def test_a_pushed_replacement_shows_no_other_commit(place: Place) -> None:
    """`refs/replace/X` would show another commit wherever git is asked for X; a reviewer would read what is not merged."""
    real = place.push("feature/x", place.commit({"a.txt": "evil\n"}))
    fake = place.commit({"a.txt": "fine\n"})
    place.git("push", "--quiet", str(place.bare), f"{fake}:refs/replace/{real}")
    assert place.git_provider.read("a.txt", real) == b"evil\n"


def test_a_proposal_is_opened_once_and_stays_at_its_commit(place: Place) -> None:
    opened = place.propose()
    assert (opened.number, opened.state, opened.report) == (1, "open", "")
    assert place.git_provider.open(proposal("feature/x", "main", opened.commit)) == opened
    moved = place.push("feature/x", place.commit({"c.txt": "later\n"}))
    assert place.git_provider.pull_request(1).commit == opened.commit
    with pytest.raises(Conflict, match=r"#1 .* is open at"):
        place.git_provider.open(proposal("feature/x", "main", moved))
    place.git_provider.close(1)
    place.git_provider.close(1)
    assert place.git_provider.open(proposal("feature/x", "main", moved)).number == 2
    assert [each.number for each in place.git_provider.pull_requests(state="closed")] == [1]


def test_what_cannot_be_proposed_is_refused_with_the_reason(place: Place) -> None:
    main = place.push("feature/same", "main")
    lone = place.git("commit-tree", "HEAD^{tree}", "-m", "no history")
    place.push("feature/lone", lone)
    for head, base, commit, error, reason in (
        ("feature/gone", "main", main, Absent, "no branch"),
        ("feature/same", "main", main, Conflict, "nothing to merge"),
        ("feature/same", "release", lone, Conflict, "is not in the branch"),
        ("feature/lone", "main", lone, Conflict, "no history in common"),
        ("feature/lone", "release", lone, Conflict, "lacks commits of main"),
        ("feature/same", "a..b", main, Conflict, "no name for a branch"),
    ):
        with pytest.raises(error, match=reason):
            place.git_provider.open(proposal(head, base, commit))
    assert place.git_provider.pull_requests() == []


def test_a_merge_is_a_commit_of_two_parents_and_is_made_once(place: Place) -> None:
    request = place.approved()
    main = place.git("rev-parse", "main")
    merge = place.git_provider.merge(1, commit=request.commit)
    made = place.git_provider.commit(merge)
    assert (made.parents, made.subject) == ((main, request.commit), "Merge pull request #1 from feature/x")
    assert place.git_provider.branches()["main"] == merge == place.git_provider.merge(1, commit=request.commit)
    assert place.git_provider.pull_request(1).merge_commit == merge
    assert "+feature/x" in place.git_provider.diff(1)
    with pytest.raises(Conflict, match="is merged"):
        place.git_provider.close(1)


def test_a_base_that_is_not_there_yet_is_made_from_main(place: Place) -> None:
    request = place.approved(base="release")
    assert "release" not in place.git_provider.branches()
    assert "+feature/x" in place.git_provider.diff(1)
    merge = place.git_provider.merge(1, commit=request.commit)
    assert place.git_provider.branches()["release"] == merge
    assert place.git_provider.commit(merge).parents[0] == place.git_provider.branches()["main"]


def test_a_conflict_changes_nothing(place: Place) -> None:
    request = place.approved(file="a.txt")
    place.git("checkout", "--quiet", "main")
    place.push("main", place.commit({"a.txt": "other\n"}))
    before = place.refs()
    with pytest.raises(Conflict, match=r"both sides changed 'a\.txt'"):
        place.git_provider.merge(1, commit=request.commit)
    assert (place.refs(), place.git_provider.pull_request(1).state) == (before, "open")


def test_a_base_that_moves_meanwhile_is_tried_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    request = place.approved()
    place.git("checkout", "--quiet", "main")
    other = place.commit({"other.txt": "x\n"})
    move, moves = History.move, [0]

    def late(history: History, branch: str, *, before: str | None, to: str) -> bool:
        moves[0] += 1
        if moves[0] == 1:
            place.push("main", other)
        return move(history, branch, before=before, to=to)

    monkeypatch.setattr(History, "move", late)
    merge = place.git_provider.merge(1, commit=request.commit)
    assert (moves[0], place.git_provider.commit(merge).parents) == (2, (other, request.commit))


def test_a_merge_that_was_killed_before_it_was_recorded_is_found_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    request = place.approved()
    with monkeypatch.context() as patch:
        patch.setattr(
            "groundwork.twin.github.pull_requests.PullRequestTable.end", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        with pytest.raises(KeyboardInterrupt):
            place.git_provider.merge(1, commit=request.commit)
    refs = place.refs()
    assert place.git_provider.merge(1, commit=request.commit) == place.git_provider.branches()["main"]
    assert place.refs() == refs


def test_only_what_was_approved_is_merged(place: Place) -> None:
    request = place.presented()
    with pytest.raises(Conflict, match="has no review decision"):
        place.git_provider.merge(1, commit=request.commit)
    place.git_provider.decide(1, decision(request, approved=False))
    with pytest.raises(Conflict, match="was rejected"):
        place.git_provider.merge(1, commit=request.commit)
    with pytest.raises(Conflict, match="proposes"):
        place.git_provider.merge(1, commit="0" * 40)


@pytest.mark.parametrize(
    ("change", "error", "reason"),
    [
        ({"reviewer": "ADA@northwind.example"}, Denied, "is among the authors of #1"),
        ({"reviewer": "eve@northwind.example"}, Denied, "is not among the reviewers of #1"),
        ({"commit": "0" * 40}, Conflict, "is on commit 000000000000"),
        ({"report": "sha256:" + "0" * 64}, Conflict, "is on the report sha256:000000000000"),
        ({"reason": " \n"}, Conflict, "says no reason"),
    ],
)
def test_a_review_decision_that_is_not_bound_to_what_was_seen_is_refused(
    place: Place, change: dict[str, Any], error: type[Exception], reason: str
) -> None:
    request = place.presented()
    given = replace(decision(request), **change)
    with pytest.raises(error, match=reason):
        place.git_provider.decide(1, given)
    assert [] == place.git_provider.decisions(1)


def test_who_wrote_the_commit_is_an_author_too(place: Place) -> None:
    place.author = "alan@northwind.example"
    request = place.presented()
    with pytest.raises(Denied, match=r"alan@northwind\.example is among the authors"):
        place.git_provider.decide(1, decision(request, reviewer="alan@northwind.example"))


def test_what_was_not_presented_or_is_closed_takes_no_review_decision(place: Place) -> None:
    place.presented()
    place.git_provider.close(1)
    with pytest.raises(Conflict, match="#1 is closed"):
        place.git_provider.decide(1, decision(place.git_provider.pull_request(1)))


def test_a_review_decision_stays_on_what_it_was_given_on(place: Place) -> None:
    """What is asked may change; what was said before is not on that."""
    request = place.approved()
    same = {"body": request.body, "candidate": request.candidate, "report": request.report, "reviewers": request.reviewers}
    assert place.git_provider.present(1, **same) == request  # type: ignore[arg-type]
    place.git_provider.present(1, **{**same, "report": "sha256:" + "1" * 64})  # type: ignore[arg-type]
    assert [REPORT] == [given.report for given in place.git_provider.decisions(1)]


def test_a_question_that_was_withdrawn_takes_no_review_decision_and_keeps_the_one_it_had(place: Place) -> None:
    place.presented()
    shown = place.git_provider.withdraw(1, body="mine")
    assert ("mine", "", "", (), "open") == (shown.body, shown.candidate, shown.report, shown.reviewers, shown.state)
    with pytest.raises((Conflict, Denied)):
        place.git_provider.decide(1, decision(shown))

    request = place.presented("feature/y", file="c.txt")
    place.git_provider.decide(request.number, decision(request, approved=False))
    place.git_provider.withdraw(request.number, body="mine")
    assert [False] == [given.approved for given in place.git_provider.decisions(request.number)]


def test_several_people_decide_and_of_each_the_newest_review_decision_is_there(place: Place) -> None:
    request = place.presented()
    for who, approved in (("grace", True), ("alan", True), ("Grace", False)):
        place.git_provider.decide(1, decision(request, approved=approved, reviewer=f"{who}@northwind.example"))
    said = [(given.reviewer.partition("@")[0], given.approved) for given in place.git_provider.decisions(1)]
    assert [("alan", True), ("Grace", False)] == said
    assert place.git_provider.merge(1, commit=request.commit), "one of them approves"


def test_what_an_approver_rejects_after_all_is_not_merged(place: Place) -> None:
    request = place.approved()
    place.git_provider.decide(1, decision(request, approved=False))
    with pytest.raises(Conflict, match="was rejected"):
        place.git_provider.merge(1, commit=request.commit)


def test_review_decisions_that_race_are_all_kept(place: Place) -> None:
    request = place.presented()
    names = [f"reviewer-{number}@northwind.example" for number in range(8)]
    place.git_provider.present(1, body="text", candidate="c", report=REPORT, reviewers=names)
    start = threading.Barrier(8)

    def decide(who: str) -> None:
        git_provider = twin_git_provider(Store(place.store.root), None, REMOTE, SECRET)
        start.wait()
        git_provider.decide(1, decision(request, reviewer=who))

    threads = [threading.Thread(target=decide, args=(who,)) for who in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names == sorted(given.reviewer for given in place.git_provider.decisions(1))


def test_comments_are_kept_once_per_key(place: Place) -> None:
    place.propose()
    for key, text in (("a", "one"), ("b", "two"), ("a", "three")):
        place.git_provider.comment(1, text, key=key)
    assert place.git_provider.comments(1) == ["one", "two"]


def test_strangers_text_is_data(place: Place, tmp_path: Path) -> None:
    """Titles, messages, files: kept as they are, but for what no UTF-8 can say; nothing of it is run."""
    place.git("checkout", "--quiet", "-B", "work", "main")
    for number, nasty in enumerate(NASTIES):
        text = nasty.encode("utf-8", "replace").decode()
        place.commit({f"files/{number}": text}, nasty.replace("\0", ""))
    place.push("feature/x")
    commit = place.git_provider.branches()["feature/x"]
    for number, nasty in enumerate(NASTIES, 1):
        place.git_provider.open(
            Proposal(head="feature/x", base=f"to/{number}", commit=commit, title=nasty, body=nasty, author=nasty)
        )
        place.git_provider.comment(number, nasty, key=nasty)
        shown = place.git_provider.present(number, body=nasty, candidate=nasty, report=REPORT, reviewers=["g@northwind.example"])
        place.git_provider.decide(number, replace(decision(shown, reviewer="G@northwind.example"), reason=f"x{nasty}"))
        text = nasty.encode("utf-8", "replace").decode()
        assert (shown.title, shown.body, shown.author, shown.candidate) == (text, text, text, text)
        assert place.git_provider.comments(number) == [text]
    merge = place.git_provider.merge(1, commit=commit)
    assert place.git_provider.contains("to/1", merge)
    assert f"+{NASTIES[0]}" in place.git_provider.diff(1)
    assert not list(tmp_path.rglob("pwned"))


def test_branch_names_are_names(place: Place, tmp_path: Path) -> None:
    """Whatever git lets a branch be called; an expression or an option names none."""
    main = place.git_provider.branches()["main"]
    named = 0
    for nasty in NASTIES:
        branch = f"feature/{nasty}"
        assert not place.git_provider.contains(f"{branch}^0", main)
        with suppress(subprocess.CalledProcessError, ValueError, UnicodeEncodeError):
            place.git("checkout", "--quiet", "-B", "work", "main")
            commit = place.push(branch, place.commit({"x.txt": f"{named}\n"}))
            named += 1
            assert place.git_provider.branches()[branch] == commit
            opened = place.git_provider.open(proposal(branch, branch + "-to", commit))
            place.git_provider.present(opened.number, body="", candidate="c", report=REPORT, reviewers=["g@northwind.example"])
            given = decision(place.git_provider.pull_request(opened.number), reviewer="g@northwind.example")
            place.git_provider.decide(opened.number, given)
            merge = place.git_provider.merge(opened.number, commit=commit)
            assert place.git_provider.branches()[branch + "-to"] == merge
    assert named > 12
    assert not list(tmp_path.rglob("pwned"))
    for expression in ("main^0", "main~0", "@", "HEAD", "--all", "refs/heads/main", "main@{0}"):
        assert not place.git_provider.contains(expression, main)


def test_an_identity_needs_the_credential(place: Place) -> None:
    account = {"accountId": "factory", "project": PROJECT, "disabled": False}
    place.store.put("gcp:serviceaccount/account:Account", f"projects/{PROJECT}/serviceAccounts/{FACTORY}", account, ready=True)
    git_provider = twin_git_provider(place.store, FACTORY, REMOTE, SECRET)
    main = place.git_provider.branches()["main"]
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
    grant = {"role": "roles/secretmanager.secretAccessor", "member": f"serviceAccount:{FACTORY}", "project": PROJECT}
    grant |= {"secretId": "github-factory"}
    place.store.put("gcp:secretmanager/secretIamMember:SecretIamMember", "g", grant, ready=True)
    assert git_provider.branches() == {"main": main}


def test_a_repository_that_is_not_there_is_absent(place: Place) -> None:
    for remote in ("https://github.com/northwind/gone.git", "../../etc"):
        with pytest.raises(Absent):
            twin_git_provider(place.store, None, remote, SECRET)


@pytest.fixture
def fired(monkeypatch: pytest.MonkeyPatch) -> list[Push]:
    seen: list[Push] = []
    lock = threading.Lock()

    def fire(_store: Store, _path: Path, push: Push, _stream: TextIO, _cancelled: Callable[[], str]) -> None:
        with lock:
            seen.append(push)

    monkeypatch.setattr(events, "fire", fire)
    return seen


def test_a_merge_and_a_persons_proposal_are_events_each_delivered_once(place: Place, fired: list[Push]) -> None:
    main = place.git_provider.branches()["main"]
    request = place.approved(base="release")
    merge = place.git_provider.merge(1, commit=request.commit)
    place.git_provider.merge(1, commit=request.commit)
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123  a device
        threads = [threading.Thread(target=events.deliver, args=(Store(place.store.root), nowhere, lambda: "")) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert events.deliver(place.store, nowhere, lambda: "") == 0
    opened, moved = sorted(fired, key=lambda push: push.pull is None)
    assert opened.pull is not None
    assert (opened.pull.number, opened.pull.base, opened.branch, opened.commit) == (1, "release", "feature/x", request.commit)
    assert (opened.files, opened.before) == (("b.txt",), main)
    assert (moved.branch, moved.before, moved.commit, moved.files) == ("release", None, merge, ("b.txt",))
