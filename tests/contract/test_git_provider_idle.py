"""What branches that bring nothing cost: git is asked as often with a thousand of them as with fifty."""

from __future__ import annotations

from pathlib import Path

import pytest

from groundwork.factory.admission import Admission
from groundwork.twin.core.store import Store
from groundwork.twin.github import git, history
from tests.contract.git_provider_place import Place
from tests.unit.factory.promoted import settings
from tests.unit.factory.world import World

FOLDER = "pipelines/forecasting"


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


def test_git_is_asked_as_often_with_a_thousand_idle_branches_as_with_fifty(tmp_path: Path, asked: list[str]) -> None:
    place, world = Place(Store(tmp_path / "twin"), tmp_path / "clone"), World()
    main = place.push("main", place.commit({f"{FOLDER}/models.py": "1\n"}))
    note = place.push("feature/note", place.commit({"NOTES.md": "1\n"}))
    lone = place.push("feature/new", place.commit({f"{FOLDER}/models.py": "2\n"}))
    admission = Admission(
        settings=settings("feature/*", "release"), git_provider=place.git_provider, models=world.models, objects=world.objects
    )  # fmt: skip
    counts = {}
    for number in (50, 1000):
        refs = "".join(f"create refs/heads/feature/{number}-{each} {main if each % 2 else note}\n" for each in range(number))
        place.git("--git-dir", str(place.bare), "update-ref", "--stdin", input_=refs.encode())
        list(admission.missed(()))
        asked.clear()
        assert [("feature/new", lone, None)] == list(admission.missed(()))
        counts[number] = len(asked)
    assert counts[1000] <= 2 * counts[50]
    assert counts[1000] < 40
