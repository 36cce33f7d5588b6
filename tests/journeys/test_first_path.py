"""From a fresh checkout to stored forecasts, in the order in which a newcomer meets it. One twin for all of it."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from groundwork.twin.home import Home
from tests.journeys.workplace import NOTEBOOK, ROOT, Workplace, notebook

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("demo")]


@pytest.fixture(scope="module")
def place(fresh: Callable[[], Workplace]) -> Workplace:
    return fresh()


@pytest.fixture(scope="module")
def demo(place: Workplace) -> CompletedProcess[str]:
    return place.groundwork("demo")


def horizon_of(work: Path) -> int:
    return int(re.findall(r"horizon = (\d+)", (work / NOTEBOOK).read_text())[0])


def latest_run(place: Workplace) -> str:
    return str(place.query("SELECT MAX(batch) AS run FROM forecasts")[0]["run"])


def test_the_demo_ends_with_what_a_person_wants_to_see(demo: CompletedProcess[str], place: Workplace) -> None:
    assert "55 made" in demo.stderr
    assert "1001 rows loaded" in demo.stderr
    assert "remote:" in demo.stderr, "the build's log streams back through git push"
    assert re.search(r"execute +SUCCESS +\d", demo.stdout)
    assert "seasonal naive" in demo.stdout
    shown = re.findall(r"gs://(\S+)", demo.stdout)
    assert shown
    assert [] == [path for path in shown if not (place.twin / "buckets" / path).exists()]


def test_after_it_preview_and_refresh_are_empty(place: Workplace) -> None:
    place.pulumi("preview", "--stack", "dev", "--expect-no-changes")
    place.pulumi("refresh", "--stack", "dev", "--yes", "--expect-no-changes")


def test_trying_it_leaves_the_checkout_as_it_was(place: Workplace) -> None:
    """Pulumi would write the key of a stack into its file."""
    assert "" == place.git(place.checkout, "status", "--porcelain")


def test_every_series_has_every_week_of_the_horizon_in_the_notebook(place: Workplace) -> None:
    rows = place.query("SELECT * FROM forecasts WHERE batch = @run", run=latest_run(place))

    horizon = horizon_of(place.clone)
    assert {horizon} == set(Counter(row["series"] for row in rows).values())
    assert 7 == len({row["series"] for row in rows})
    assert all(0 <= row["lower_95"] <= row["lower_80"] <= row["mean"] <= row["upper_80"] <= row["upper_95"] for row in rows)
    assert horizon == len({row["week"] for row in rows})


def test_a_second_demo_says_what_was_there_and_its_other_horizon_changes_the_forecasts(place: Workplace) -> None:
    before = horizon_of(place.clone)

    again = place.groundwork("demo")

    assert "0 made, 55 there already" in again.stderr
    assert "1001 rows were there already" in again.stderr
    assert before + 1 == horizon_of(place.clone)
    (count,) = place.query("SELECT COUNT(DISTINCT week) AS weeks FROM forecasts WHERE batch = @run", run=latest_run(place))
    assert before + 1 == count["weeks"]


def test_a_notebook_that_raises_shows_the_cell_and_leaves_no_result(place: Workplace) -> None:
    stored = place.query("SELECT COUNT(*) AS rows_stored FROM forecasts")
    own = json.loads((ROOT / NOTEBOOK).read_text())
    own["cells"].append(json.loads(notebook("raise ValueError('the sky fell')"))["cells"][0])

    said = place.push("feature/raises", lambda work: (work / NOTEBOOK).write_text(json.dumps(own)))

    assert "raise ValueError('the sky fell')" in said, "the cell"
    assert "ValueError: the sky fell" in said, "the error"
    assert "FAILURE" == place.builds()[0]["status"]
    assert stored == place.query("SELECT COUNT(*) AS rows_stored FROM forecasts"), "its run had stored forecasts before"
    assert not list((place.twin / "buckets").glob(f"*/executions/{place.builds()[0]['id']}/*"))


def test_two_changed_notebooks_are_refused_before_anything_runs(place: Workplace) -> None:
    def change(work: Path) -> None:
        (work / NOTEBOOK).write_text(notebook("1"))
        (work / NOTEBOOK).with_name("other.ipynb").write_text(notebook("2"))

    said = place.push("feature/two", change)

    assert "two-notebooks" in said
    assert "split it" in said
    assert "FAILURE" == place.builds()[0]["status"]


def test_a_package_outside_of_the_lock_is_named_with_the_way_to_add_it(place: Workplace) -> None:
    said = place.push("feature/package", lambda work: (work / NOTEBOOK).write_text(notebook("import prophet_of_doom")))

    assert "package-outside-lock" in said
    assert "prophet_of_doom" in said


def test_a_push_outside_of_the_pipelines_builds_nothing_and_says_so(place: Workplace) -> None:
    before = place.builds()

    said = place.push("feature/elsewhere", lambda work: (work / "NOTES.md").write_text("a note"))

    assert "nothing is built" in said
    assert before == place.builds()


def test_two_pushes_at_the_same_moment_both_build_isolated(place: Workplace) -> None:
    said: dict[str, str] = {}

    def push(name: str) -> None:
        source = f"import os, time\ntime.sleep(2)\nopen('here-{name}', 'w').close()\nprint(sorted(os.listdir('.')))"
        said[name] = place.push(f"feature/{name}", lambda work: (work / NOTEBOOK).write_text(notebook(source)))

    threads = [threading.Thread(target=push, args=(name,)) for name in ("left", "right")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ["SUCCESS", "SUCCESS"] == [build["status"] for build in place.builds()[:2]]
    assert "here-left" in said["left"]
    assert "here-right" not in said["left"]


def test_without_its_trigger_a_push_matches_nothing(place: Workplace) -> None:
    urn = next(
        line.split()[-1]
        for line in place.pulumi("stack", "--stack", "dev", "--show-urns").stdout.splitlines()
        if "trigger:Trigger::forecasting-push" in line
    )
    place.pulumi("destroy", "--stack", "dev", "--yes", "--target", urn)

    said = place.push("feature/unheard", lambda work: (work / NOTEBOOK).write_text(notebook("1")))

    assert "nothing is built" in said
    place.pulumi("up", "--stack", "dev", "--yes")


def test_destroy_leaves_what_the_page_lists_and_the_next_up_copes_with_it(place: Workplace) -> None:
    listed = re.findall(r"^\| `(gcp:[^`]+)` \|", (ROOT / "docs/reference/remains.md").read_text(), re.MULTILINE)

    place.pulumi("destroy", "--stack", "dev", "--yes")

    left = Home(place.twin).records.execute("select distinct type from resources").fetchall()
    assert set(listed) == {kind for (kind,) in left}
    assert [] == [path for folder in ("buckets", "warehouse") for path in (place.twin / folder).rglob("*") if path.is_file()]
    place.pulumi("up", "--stack", "dev", "--yes")
    place.pulumi("preview", "--stack", "dev", "--expect-no-changes")


def test_reset_puts_everything_back_to_nothing(place: Workplace) -> None:
    place.groundwork("twin", "reset")

    assert not place.twin.exists()
    assert not place.clone.exists()
