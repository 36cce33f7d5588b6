"""What people get wrong is told once, with the way out, and nothing is made of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from groundwork.twin.core.store import Store
from tests.e2e.workplace import Workplace

pytestmark = [pytest.mark.engine]


@pytest.fixture(scope="module")
def place(fresh: Callable[[], Workplace]) -> Workplace:
    made = fresh()
    made.groundwork("twin", "env")
    return made


@pytest.fixture
def edit(place: Workplace) -> Iterator[Callable[[str, str, str], None]]:
    """Replace text in a file of the checkout, for one test."""
    before: dict[Path, str] = {}

    def replace(name: str, old: str, new: str) -> None:
        file = place.checkout / name
        text = file.read_text()
        before.setdefault(file, text)
        assert old in text, "the file is not what this test takes it for"
        file.write_text(text.replace(old, new, 1))

    yield replace
    for file, text in before.items():
        file.write_text(text)


def resources(place: Workplace) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = Store(place.twin).records.execute("select type, id from resources order by 1, 2").fetchall()
    return found


def refused(place: Workplace, *words: str) -> str:
    done = place.pulumi(*words, check=False)
    assert done.returncode != 0
    return done.stdout + done.stderr


def test_every_mistake_in_an_environment_file_is_told_at_once_before_anything_is_made(
    place: Workplace, edit: Callable[[str, str, str], None]
) -> None:
    edit("Pulumi.dev.yaml", "owners: [forecasting", "ownres: [forecasting")
    edit("Pulumi.dev.yaml", "weeks: 12", "weeks: twelve")
    edit("Pulumi.dev.yaml", "client: northwind", "client: North Wind")
    before = resources(place)

    said = refused(place, "up", "--yes", "--skip-preview", "--stack", "dev")

    assert "environment-invalid" in said
    for path in ("deployments.forecasting.ownres", "holdout.weeks", "client"):
        assert path in said
    assert "owners" in said, "what was meant"
    assert "Traceback" not in said
    assert before == resources(place)


def test_a_bootstrap_tells_of_a_mistake_in_the_file_without_a_traceback(
    place: Workplace, edit: Callable[[str, str, str], None]
) -> None:
    edit("Pulumi.dev.yaml", "region: europe-west2", "region: europe-wset2")
    done = place.groundwork("bootstrap", "-e", "dev", check=False)

    assert 1 == done.returncode
    assert "groundwork:environment.region: 'europe-wset2' is not valid" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_build_file_that_does_not_parse_is_refused_at_preview_with_the_line(
    place: Workplace, edit: Callable[[str, str, str], None]
) -> None:
    lines = (place.checkout / "cloudbuild/evaluate.yaml").read_text().splitlines()
    number = 1 + next(index for index, line in enumerate(lines) if "entrypoint: python" in line)
    edit("cloudbuild/evaluate.yaml", "entrypoint: python", "entrypoint: [python")

    said = refused(place, "preview", "--stack", "dev")

    assert "build-file-invalid" in said
    assert re.search(rf"evaluate\.yaml\D+({number}|{number + 1})\b", said)
    assert "Traceback" not in said


def test_a_stack_without_a_file_has_one_clear_error(place: Workplace) -> None:
    done = place.groundwork("query", "SELECT 1", "-e", "stagin", check=False)

    assert 1 == done.returncode
    assert (
        "error: there is no environment `stagin` (environment-not-found)\n"
        "hint: write `Pulumi.stagin.yaml`, or did you mean one of `dev`, `prod`?" in done.stderr
    )


@pytest.mark.usefixtures("up")
@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text.replace("Weekly_Sales,", "", 1), "Weekly_Sales"),
        (lambda text: text + text.splitlines()[-1] + "\n", "row 1003 has that of row 1002"),
        (lambda text: text.replace(",24924.5,", ",a lot,", 1), "a lot"),
        (lambda text: text.splitlines()[0] + "\n", "no rows"),
    ],
    ids=["missing column", "duplicate weeks", "text in a number", "no rows"],
)
def test_a_sales_file_that_is_wrong_is_refused_whole(
    place: Workplace, tmp_path: Path, change: Callable[[str], str], told: str
) -> None:
    sample = place.checkout / "pipelines/forecasting/sample/walmart_sales_weekly.csv"
    wrong = tmp_path / "sales.csv"
    wrong.write_text(change(sample.read_text()))

    done = place.groundwork("load", str(wrong), check=False)

    assert 1 == done.returncode
    assert "file-refused" in done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    stored = [path for folder in ("buckets", "warehouse") for path in (place.twin / folder).rglob("*") if path.is_file()]
    assert [] == stored


@pytest.fixture(scope="module")
def up(place: Workplace) -> None:
    place.pulumi("up", "--stack", "dev", "--yes", "--skip-preview")
