"""A promotion shows what its commit holds: a candidate that rewrites its own copies, or changes too much to be shown, ends."""

from __future__ import annotations

import pytest

from groundwork.contract.candidate import Candidate
from groundwork.factory.change import MOST_FILES, read_change
from groundwork.factory.report.render_change import show_change
from groundwork.ports.errors import Conflict
from groundwork.ports.git_provider import Difference, FileChange
from tests.unit.factory.clock import ScheduledTopic
from tests.unit.factory.fakes import GitProvider
from tests.unit.factory.promoted import COMMIT, Story, in_development, in_memory, push, settings
from tests.unit.factory.report_samples import code, notebook

NOTEBOOK = "pipelines/forecasting/notebook.ipynb"


@pytest.fixture(autouse=True)
def _in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    in_memory(monkeypatch)


def _ended(story: Story) -> tuple[str, str]:
    """Return how a push ended, and all that was said of it."""
    ((state, _),) = story.to_the_end().values()
    return state, "\n".join(story.said)


def _page(story: Story) -> str:
    (page,) = [content for name, content in story.world.objects.stored.items() if name.endswith("/report.html")]
    return page.decode()


def test_a_copy_that_was_rewritten_in_the_candidates_folder_is_a_rejection() -> None:
    """Else the page would say that the notebook is unchanged, and show none of what the commit brings."""
    story = in_development(push("feature/x", COMMIT), approved=True)
    story.world.git_provider.files = {NOTEBOOK: notebook(code("attacker()"))}
    story.world.notebook = notebook(code("harmless()"))
    state, said = _ended(story)
    assert "rejected" == state
    told = f"its executed copy is not the commit's {NOTEBOOK}: cell 1 is code `attacker()` in the commit, and code `harmless()`"
    assert told in said
    assert {} == story.world.git_provider.made


def test_the_page_shows_code_that_the_notebook_says_nothing_of() -> None:
    story = in_development(push("feature/x", COMMIT), approved=None)
    story.world.git_provider.files |= {"pipelines/forecasting/models.py": b"weakened = True\n"}
    story.attempt(story.moves[0])
    assert "weakened = True" in _page(story)
    assert "Compiled pipeline" in _page(story)


def test_which_notebook_was_executed_is_the_commits_word() -> None:
    story = in_development(push("feature/x", COMMIT), approved=None)
    story.world.git_provider.files = {"pipelines/forecasting/study.ipynb": notebook(code("study()"))}
    story.world.notebook = notebook(code("study()", {"output_type": "stream", "name": "stdout", "text": "put out"}))
    story.attempt(story.moves[0])
    assert "study()" in _page(story)
    assert "put out" in _page(story)


def test_what_cannot_be_shown_whole_is_rejected_before_anything_is_made() -> None:
    story = in_development(push("feature/x", COMMIT), approved=True)
    story.world.git_provider.files |= {"pipelines/forecasting/data.csv": b"1,2,3\n" * 100_000}
    state, said = _ended(story)
    assert "rejected" == state
    assert "not shown is pipelines/forecasting/data.csv" in said
    assert "Split the change" in said
    assert [] == story.world.builds.made
    assert not any("stacks.up" in call for call in story.world.clock.calls)


def test_a_history_of_which_nobody_can_say_what_it_changes_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    def twice(*_: object, **__: object) -> Difference:
        raise Conflict("it parted in 2 places", "merge the branch that it goes to")

    story = in_development(push("feature/x", COMMIT), approved=True)
    monkeypatch.setattr(GitProvider, "difference", twice)
    state, said = _ended(story)
    assert ("rejected", True) == (state, "it parted in 2 places; merge the branch that it goes to" in said)


def test_two_notebooks_are_rejected_before_anything_is_made() -> None:
    story = in_development(push("feature/x", COMMIT), approved=True)
    story.world.git_provider.files |= {"pipelines/forecasting/other.ipynb": notebook(code("x"))}
    state, said = _ended(story)
    assert ("rejected", True, []) == (state, "2 notebooks changed" in said, story.world.builds.made)


def test_a_change_is_read_within_limits() -> None:
    git_provider = GitProvider(ScheduledTopic())
    huge = FileChange(path="huge", path_before="", mode="100644", mode_before="", size=10**12, size_before=0)
    link = FileChange(path="link", path_before="", mode="120000", mode_before="", size=9, size_before=0)
    git_provider.files = {f"f{number}": b"x" for number in range(MOST_FILES)}
    small = [
        FileChange(path=path, path_before="", mode="100644", mode_before="", size=1, size_before=0) for path in git_provider.files
    ]
    setattr(git_provider, "difference", lambda *_, **__: Difference(since="s", files=(huge, link, *small)))  # noqa: B010  a fake of a fake
    git_provider.files |= {"huge": b"", "link": b""}
    change = read_change(git_provider, _candidate(), settings("feature/*", "release").chain)
    assert (MOST_FILES, 2) == (len(change.files), change.more)
    assert ["is too large to be shown: 1,000,000,000,000 bytes", "is a link", ""] == [file.unread for file in change.files[:3]]
    assert b"x" == change.files[2].content


def test_what_came_along_from_the_last_branch_is_named_and_not_the_candidates() -> None:
    """`release` lags behind `main`: what a branch has from there was reviewed already, and would be too much for a page."""
    git_provider = GitProvider(ScheduledTopic())
    git_provider.files = {"pipelines/forecasting/models.py": b"x"}
    sizes = {"README.md": 10**12, "pipelines/forecasting/models.py": 1, "groundwork/environment/names.py": 10**12}
    files = tuple(
        FileChange(path=path, path_before="", mode="100644", mode_before="", size=size, size_before=0)
        for path, size in sizes.items()
    )
    setattr(git_provider, "difference", lambda *_, **__: Difference(since="s", files=files))  # noqa: B010  as above
    change = read_change(git_provider, _candidate(), settings("feature/*", "release").chain)
    assert ["pipelines/forecasting/models.py"] == change.paths
    assert ("README.md", "groundwork/environment/names.py") == change.carried
    shown = show_change(change)
    assert (shown.headline, shown.unseen) == ("1 file", "")
    assert "groundwork/environment/names.py" in "".join(shown.files)


def _candidate(**changes: str) -> Candidate:
    given = {"id": "c", "deployment": "d", "branch": "feature/x", "target": "release", "commit": COMMIT, "author": "a",
             "subject": "s", "parent": "", "base": "b" * 40}  # fmt: skip
    return Candidate.model_validate({**given, **changes})


def test_a_subject_of_megabytes_is_bounded_where_it_enters() -> None:
    """It stands in the ledger's first record, which everybody reads, for ever."""
    candidate = _candidate(subject="x" * 5_000_000, author="y" * 5_000_000)
    assert len(candidate.model_dump_json()) < 2_000
    assert candidate.subject.startswith("x" * 200)
    assert "4,999," in candidate.subject
    assert candidate == Candidate.model_validate_json(candidate.model_dump_json()), "it is cut once"
    assert "short" == _candidate(subject="short").subject
