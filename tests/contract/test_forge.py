"""What every `Forge` does: branches and files as data, pull requests, and one verdict on what was seen."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from groundwork.adapters.twin.forge import twin_forge
from groundwork.ports.errors import Absent, Conflict, Denied
from groundwork.ports.forge import Forge, Proposal, PullRequest, Verdict
from groundwork.twin import events
from groundwork.twin.builds.matching import Push
from groundwork.twin.doors.git import install
from groundwork.twin.home import Home
from groundwork.twin.services.history import History
from tests.nasties import NASTIES

if TYPE_CHECKING:
    from typing import TextIO

PROJECT = "northwind-ml-dev"
REMOTE = "https://github.com/northwind/forecasting.git"
SECRET = f"projects/{PROJECT}/secrets/github-factory"
FACTORY = f"factory@{PROJECT}.iam.gserviceaccount.com"
REPORT = "sha256:" + "ab" * 32


@dataclass
class Place:
    """A repository with a branch `main`, and a clone of it to commit in."""

    home: Home
    clone: Path
    author: str = "ada@northwind.example"
    forge: Forge = field(init=False)

    def __post_init__(self) -> None:
        self.clone.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit({"a.txt": "1\n"}, "Begin")
        self.bare = install(self.home, REMOTE, self.clone)
        self.forge = twin_forge(self.home, None, REMOTE, SECRET)

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
        return self.forge.open(proposal(branch, base, commit))

    def presented(self, branch: str = "feature/x", base: str = "main", *, file: str = "b.txt") -> PullRequest:
        number = self.propose(branch, base, file=file).number
        people = ["Grace@northwind.example", "alan@northwind.example", "ada@northwind.example"]
        return self.forge.present(number, body="text", candidate="c", report=REPORT, reviewers=people)

    def approved(self, branch: str = "feature/x", base: str = "main", *, file: str = "b.txt") -> PullRequest:
        request = self.presented(branch, base, file=file)
        self.forge.decide(request.number, verdict(request))
        return request


def proposal(head: str, base: str, commit: str) -> Proposal:
    return Proposal(head=head, base=base, commit=commit, title="A title", body="A body", author="ada@northwind.example")


def verdict(request: PullRequest, *, approved: bool = True, reviewer: str = "grace@northwind.example") -> Verdict:
    return Verdict(
        approved=approved, reviewer=reviewer, commit=request.commit, report=request.report, because="it is so",
        at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(Home(tmp_path / "a twin [1]"), tmp_path / "clone")


def test_branches_commits_and_files_are_read(place: Place) -> None:
    commit = place.push("feature/x", place.commit({"d/é.txt": "x\n"}, "Subject\n\nbody"))
    assert place.forge.branches() == {"main": place.git("rev-parse", "HEAD~1"), "feature/x": commit}
    read = place.forge.commit(commit)
    assert (read.author, read.subject, read.parents) == ("ada@northwind.example", "Subject", (place.git("rev-parse", "HEAD~1"),))
    assert place.forge.changed(commit, since="main") == ["d/é.txt"]
    assert place.forge.changed(commit, since="gone") == ["a.txt", "d/é.txt"]
    assert place.forge.read("d/é.txt", commit) == b"x\n"
    assert [place.forge.contains(branch, commit) for branch in ("feature/x", "main", "gone")] == [True, False, False]


def test_what_is_no_file_of_the_commit_is_absent(place: Place) -> None:
    place.clone.joinpath("link").symlink_to("/etc/passwd")
    commit = place.push("feature/x", place.commit({"d/x.txt": "x\n"}))
    for path in ("gone", "d", "d/", "link", "../a.txt", "/a.txt", "a.t*", ":(top)a.txt", "", *NASTIES):
        with pytest.raises(Absent):
            place.forge.read(path, commit)


def test_what_is_no_full_hash_of_a_commit_is_absent(place: Place) -> None:
    tree = place.git("rev-parse", "HEAD^{tree}")
    for commit in ("HEAD", "main", "--all", "0" * 40, "refs/heads/main", "a" * 7, tree, *NASTIES):
        for ask in (place.forge.commit, lambda each: place.forge.changed(each, since="main"), _reading(place)):
            with pytest.raises(Absent):
                ask(commit)


def _reading(place: Place) -> Callable[[str], bytes]:
    return lambda commit: place.forge.read("a.txt", commit)


def test_a_pushed_replacement_shows_no_other_commit(place: Place) -> None:
    """`refs/replace/X` would show another commit wherever git is asked for X; a reviewer would read what is not merged."""
    real = place.push("feature/x", place.commit({"a.txt": "evil\n"}))
    fake = place.commit({"a.txt": "fine\n"})
    place.git("push", "--quiet", str(place.bare), f"{fake}:refs/replace/{real}")
    assert place.forge.read("a.txt", real) == b"evil\n"


def test_a_proposal_is_opened_once_and_stays_at_its_commit(place: Place) -> None:
    opened = place.propose()
    assert (opened.number, opened.state, opened.report) == (1, "open", "")
    assert place.forge.open(proposal("feature/x", "main", opened.commit)) == opened
    moved = place.push("feature/x", place.commit({"c.txt": "later\n"}))
    assert place.forge.pull_request(1).commit == opened.commit
    with pytest.raises(Conflict, match=r"#1 .* is open at"):
        place.forge.open(proposal("feature/x", "main", moved))
    place.forge.close(1)
    place.forge.close(1)
    assert place.forge.open(proposal("feature/x", "main", moved)).number == 2
    assert [each.number for each in place.forge.pull_requests(state="closed")] == [1]


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
            place.forge.open(proposal(head, base, commit))
    assert place.forge.pull_requests() == []


def test_a_merge_is_a_commit_of_two_parents_and_is_made_once(place: Place) -> None:
    request = place.approved()
    main = place.git("rev-parse", "main")
    merge = place.forge.merge(1, commit=request.commit)
    made = place.forge.commit(merge)
    assert (made.parents, made.subject) == ((main, request.commit), "Merge pull request #1 from feature/x")
    assert place.forge.branches()["main"] == merge == place.forge.merge(1, commit=request.commit)
    assert place.forge.pull_request(1).merge_commit == merge
    assert "+feature/x" in place.forge.diff(1)
    with pytest.raises(Conflict, match="is merged"):
        place.forge.close(1)


def test_a_base_that_is_not_there_yet_is_made_from_main(place: Place) -> None:
    request = place.approved(base="release")
    assert "release" not in place.forge.branches()
    assert "+feature/x" in place.forge.diff(1)
    merge = place.forge.merge(1, commit=request.commit)
    assert place.forge.branches()["release"] == merge
    assert place.forge.commit(merge).parents[0] == place.forge.branches()["main"]


def test_a_conflict_changes_nothing(place: Place) -> None:
    request = place.approved(file="a.txt")
    place.git("checkout", "--quiet", "main")
    place.push("main", place.commit({"a.txt": "other\n"}))
    before = place.refs()
    with pytest.raises(Conflict, match=r"both sides changed 'a\.txt'"):
        place.forge.merge(1, commit=request.commit)
    assert (place.refs(), place.forge.pull_request(1).state) == (before, "open")


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
    merge = place.forge.merge(1, commit=request.commit)
    assert (moves[0], place.forge.commit(merge).parents) == (2, (other, request.commit))


def test_a_merge_that_was_killed_before_it_was_recorded_is_found_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    request = place.approved()
    with monkeypatch.context() as patch:
        patch.setattr("groundwork.twin.services.pulls.Pulls.end", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            place.forge.merge(1, commit=request.commit)
    refs = place.refs()
    assert place.forge.merge(1, commit=request.commit) == place.forge.branches()["main"]
    assert place.refs() == refs


def test_only_what_was_approved_is_merged(place: Place) -> None:
    request = place.presented()
    with pytest.raises(Conflict, match="has no verdict"):
        place.forge.merge(1, commit=request.commit)
    place.forge.decide(1, verdict(request, approved=False))
    with pytest.raises(Conflict, match="was rejected"):
        place.forge.merge(1, commit=request.commit)
    with pytest.raises(Conflict, match="proposes"):
        place.forge.merge(1, commit="0" * 40)


@pytest.mark.parametrize(
    ("change", "error", "reason"),
    [
        ({"reviewer": "ADA@northwind.example"}, Denied, "is the author of #1"),
        ({"reviewer": "eve@northwind.example"}, Denied, "is not among the reviewers of #1"),
        ({"commit": "0" * 40}, Conflict, "is on commit 000000000000"),
        ({"report": "sha256:" + "0" * 64}, Conflict, "is on the report sha256:000000000000"),
        ({"because": " \n"}, Conflict, "says no reason"),
    ],
)
def test_a_verdict_that_is_not_bound_to_what_was_seen_is_refused(
    place: Place, change: dict[str, Any], error: type[Exception], reason: str
) -> None:
    request = place.presented()
    given = replace(verdict(request), **change)
    with pytest.raises(error, match=reason):
        place.forge.decide(1, given)
    assert place.forge.verdict(1) is None


def test_who_wrote_the_commit_is_an_author_too(place: Place) -> None:
    place.author = "alan@northwind.example"
    request = place.presented()
    with pytest.raises(Denied, match=r"alan@northwind\.example is the author"):
        place.forge.decide(1, verdict(request, reviewer="alan@northwind.example"))


def test_what_was_not_presented_or_is_closed_takes_no_verdict(place: Place) -> None:
    place.presented()
    place.forge.close(1)
    with pytest.raises(Conflict, match="#1 is closed"):
        place.forge.decide(1, verdict(place.forge.pull_request(1)))


def test_what_a_verdict_was_given_on_stays(place: Place) -> None:
    request = place.approved()
    same = {"body": request.body, "candidate": request.candidate, "report": request.report, "reviewers": request.reviewers}
    assert place.forge.present(1, **same) == request  # type: ignore[arg-type]
    with pytest.raises(Conflict, match="has its verdict"):
        place.forge.present(1, **{**same, "body": "other"})  # type: ignore[arg-type]


def test_a_question_that_was_withdrawn_takes_no_verdict_and_keeps_the_one_it_had(place: Place) -> None:
    place.presented()
    shown = place.forge.withdraw(1, body="mine")
    assert ("mine", "", "", (), "open") == (shown.body, shown.candidate, shown.report, shown.reviewers, shown.state)
    with pytest.raises((Conflict, Denied)):
        place.forge.decide(1, verdict(shown))

    request = place.presented("feature/y", file="c.txt")
    place.forge.decide(request.number, verdict(request, approved=False))
    place.forge.withdraw(request.number, body="mine")
    given = place.forge.verdict(request.number)
    assert given
    assert not given.approved


@pytest.mark.parametrize("turn", range(5))
def test_of_verdicts_that_race_exactly_one_is_taken(place: Place, turn: int) -> None:
    request = place.presented(f"feature/{turn}")
    start, taken, refused = threading.Barrier(8), [], []

    def decide(approved: bool) -> None:  # noqa: FBT001  a thread's argument
        forge = twin_forge(Home(place.home.root), None, REMOTE, SECRET)
        start.wait()
        try:
            forge.decide(1, verdict(request, approved=approved))
            taken.append(approved)
        except Conflict as conflict:
            refused.append(conflict.message)

    threads = [threading.Thread(target=decide, args=(number % 2 == 0,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    given = place.forge.verdict(1)
    assert given is not None
    assert taken == [given.approved]
    assert len(refused) == 7


def test_comments_are_kept_once_per_key(place: Place) -> None:
    place.propose()
    for key, text in (("a", "one"), ("b", "two"), ("a", "three")):
        place.forge.comment(1, text, key=key)
    assert place.forge.comments(1) == ["one", "two"]


def test_strangers_text_is_data(place: Place, tmp_path: Path) -> None:
    """Titles, messages, files: kept as they are, but for what no UTF-8 can say; nothing of it is run."""
    place.git("checkout", "--quiet", "-B", "work", "main")
    for number, nasty in enumerate(NASTIES):
        text = nasty.encode("utf-8", "replace").decode()
        place.commit({f"files/{number}": text}, nasty.replace("\0", ""))
    place.push("feature/x")
    commit = place.forge.branches()["feature/x"]
    for number, nasty in enumerate(NASTIES, 1):
        place.forge.open(Proposal(head="feature/x", base=f"to/{number}", commit=commit, title=nasty, body=nasty, author=nasty))
        place.forge.comment(number, nasty, key=nasty)
        shown = place.forge.present(number, body=nasty, candidate=nasty, report=REPORT, reviewers=["g@northwind.example"])
        place.forge.decide(number, replace(verdict(shown, reviewer="G@northwind.example"), because=f"x{nasty}"))
        text = nasty.encode("utf-8", "replace").decode()
        assert (shown.title, shown.body, shown.author, shown.candidate) == (text, text, text, text)
        assert place.forge.comments(number) == [text]
    merge = place.forge.merge(1, commit=commit)
    assert place.forge.contains("to/1", merge)
    assert f"+{NASTIES[0]}" in place.forge.diff(1)
    assert not list(tmp_path.rglob("pwned"))


def test_branch_names_are_names(place: Place, tmp_path: Path) -> None:
    """Whatever git lets a branch be called; an expression or an option names none."""
    main = place.forge.branches()["main"]
    named = 0
    for nasty in NASTIES:
        branch = f"feature/{nasty}"
        assert not place.forge.contains(f"{branch}^0", main)
        with suppress(subprocess.CalledProcessError, ValueError, UnicodeEncodeError):
            place.git("checkout", "--quiet", "-B", "work", "main")
            commit = place.push(branch, place.commit({"x.txt": f"{named}\n"}))
            named += 1
            assert place.forge.branches()[branch] == commit
            opened = place.forge.open(proposal(branch, branch + "-to", commit))
            place.forge.present(opened.number, body="", candidate="c", report=REPORT, reviewers=["g@northwind.example"])
            given = verdict(place.forge.pull_request(opened.number), reviewer="g@northwind.example")
            place.forge.decide(opened.number, given)
            merge = place.forge.merge(opened.number, commit=commit)
            assert place.forge.branches()[branch + "-to"] == merge
    assert named > 12
    assert not list(tmp_path.rglob("pwned"))
    for expression in ("main^0", "main~0", "@", "HEAD", "--all", "refs/heads/main", "main@{0}"):
        assert not place.forge.contains(expression, main)


def test_an_identity_needs_the_credential(place: Place) -> None:
    account = {"accountId": "factory", "project": PROJECT, "disabled": False}
    place.home.put("gcp:serviceaccount/account:Account", f"projects/{PROJECT}/serviceAccounts/{FACTORY}", account, ready=True)
    forge = twin_forge(place.home, FACTORY, REMOTE, SECRET)
    main = place.forge.branches()["main"]
    calls: list[Callable[[], object]] = [
        forge.branches, lambda: forge.commit(main), lambda: forge.contains("main", main),
        lambda: forge.changed(main, since="main"),
        lambda: forge.read("a.txt", main), forge.pull_requests, lambda: forge.merge(1, commit=main), lambda: forge.diff(1),
        lambda: forge.open(proposal("main", "release", main)), lambda: forge.comment(1, "x", key="x"),
        lambda: forge.close(1),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(Denied, match=r"lacks secretmanager\.versions\.access"):
            call()
    grant = {"role": "roles/secretmanager.secretAccessor", "member": f"serviceAccount:{FACTORY}", "project": PROJECT}
    grant |= {"secretId": "github-factory"}
    place.home.put("gcp:secretmanager/secretIamMember:SecretIamMember", "g", grant, ready=True)
    assert forge.branches() == {"main": main}


def test_a_repository_that_is_not_there_is_absent(place: Place) -> None:
    for remote in ("https://github.com/northwind/gone.git", "../../etc"):
        with pytest.raises(Absent):
            twin_forge(place.home, None, remote, SECRET)


@pytest.fixture
def fired(monkeypatch: pytest.MonkeyPatch) -> list[Push]:
    seen: list[Push] = []
    lock = threading.Lock()

    def fire(_home: Home, _path: Path, push: Push, _stream: TextIO, _cancelled: Callable[[], str]) -> None:
        with lock:
            seen.append(push)

    monkeypatch.setattr(events, "fire", fire)
    return seen


def test_a_merge_and_a_persons_proposal_are_events_each_delivered_once(place: Place, fired: list[Push]) -> None:
    main = place.forge.branches()["main"]
    request = place.approved(base="release")
    merge = place.forge.merge(1, commit=request.commit)
    place.forge.merge(1, commit=request.commit)
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123  a device
        threads = [threading.Thread(target=events.deliver, args=(Home(place.home.root), nowhere, lambda: "")) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert events.deliver(place.home, nowhere, lambda: "") == 0
    opened, moved = sorted(fired, key=lambda push: push.pull is None)
    assert opened.pull is not None
    assert (opened.pull.number, opened.pull.base, opened.branch, opened.commit) == (1, "release", "feature/x", request.commit)
    assert (opened.files, opened.before) == (("b.txt",), main)
    assert (moved.branch, moved.before, moved.commit, moved.files) == ("release", None, merge, ("b.txt",))
