"""The commands of the tutorial, as the page gives them, in a fresh clone; its pictures are made by the same run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.workplace import ROOT, Workplace, clean, processes
from tools.tutorial_pictures import PAGE, blocks, chromium, play

pytestmark = [pytest.mark.engine, pytest.mark.deep]

MOST = 300_000
"""Bytes of one picture: the repository carries every version of it."""


@pytest.fixture(scope="module")
def place(fresh: Callable[[], Workplace]) -> Workplace:
    return fresh()


@pytest.fixture(scope="module")
def made(place: Workplace, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Run the tutorial; return the folder of its pictures, and the names of those that could not be made."""
    into = tmp_path_factory.mktemp("pictures")
    return into, play(place.checkout, clean(), into)


def named() -> set[str]:
    return {name for block in blocks(PAGE.read_text()) for name in block.pictures}


def test_every_command_succeeds_and_every_picture_of_the_page_is_made(made: tuple[Path, list[str]]) -> None:
    into, missing = made
    if chromium() is None:
        assert {name for name in named() if name.endswith(".png")} == set(missing)
        pytest.skip("there is no chromium on the PATH to take a picture of the report with")

    assert [] == missing
    assert named() == {file.name for file in into.iterdir()}
    assert [] == [file.name for file in into.iterdir() if file.stat().st_size > MOST]


def test_the_pictures_show_what_the_page_says(made: tuple[Path, list[str]]) -> None:
    shown = {file.name: file.read_text() for file in made[0].glob("*.svg")}

    assert "WAPE" in shown["push.svg"]
    assert "feature/first-forecast" in shown["waiting.svg"]
    assert "Gate passed" in shown["review.svg"]
    assert "promoted" in shown["status.svg"]


def test_no_picture_shows_where_it_was_made(made: tuple[Path, list[str]], place: Workplace) -> None:
    places = (str(place.checkout), str(ROOT))

    assert [] == [file.name for file in made[0].glob("*.svg") if any(path in file.read_text() for path in places)]


@pytest.mark.usefixtures("made")
def test_the_last_command_leaves_nothing(place: Workplace) -> None:
    assert not place.twin.exists()
    assert [] == processes(place)
    assert "" == place.git(place.checkout, "status", "--porcelain")
