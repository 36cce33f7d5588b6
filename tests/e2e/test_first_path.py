"""From a fresh checkout to an open pull request and its rejection, as a newcomer meets it. One twin for all of it."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from groundwork.ports.builds import Build
from groundwork.twin.cloudbuild.history import all_builds
from groundwork.twin.core.store import Store
from tests.e2e.workplace import NOTEBOOK, ROOT, Workplace, notebook

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("demo")]


@pytest.fixture(scope="module")
def place(fresh: Callable[[], Workplace]) -> Workplace:
    return fresh()


@pytest.fixture(scope="module")
def demo(place: Workplace) -> CompletedProcess[str]:
    return place.groundwork("demo-short")


def horizon_of(work: Path) -> int:
    return int(re.findall(r"horizon = (\d+)", (work / NOTEBOOK).read_text())[0])


def promotion(place: Workplace) -> dict[str, str]:
    """Return the one promotion that waits for a review decision."""
    (found,) = json.loads(place.groundwork("status", "--json").stdout)
    return dict(found)


def candidates(place: Workplace) -> list[Build]:
    """Return the builds in which candidates ran, newest first."""
    return [build for build in all_builds(Store(place.twin)) if build.service_account.startswith("candidate-")]


def test_the_demo_ends_with_what_a_person_wants_to_see(demo: CompletedProcess[str], place: Workplace) -> None:
    assert re.search(r"dev: 1\d\d resources created, 0 unchanged", demo.stderr)
    assert "1001 rows loaded" in demo.stderr
    assert "remote:" in demo.stderr, "the build's log streams back through git push"
    assert re.search(r"execute +SUCCESS +\d", demo.stdout)
    assert re.search(r"WAPE \d\.\d % <= 7\.9 % \(1\.05 x baseline 7\.5 %\)", demo.stdout)
    (page,) = re.findall(r"the report for the review decision: (\S+)", demo.stdout)
    assert (place.checkout / page).read_bytes().startswith(b"<!doctype html>")
    assert "#1" == promotion(place)["pull_request"]


def test_after_it_preview_and_refresh_are_empty(place: Workplace) -> None:
    place.pulumi("preview", "--stack", "dev", "--expect-no-changes")
    place.pulumi("refresh", "--stack", "dev", "--yes", "--expect-no-changes")


def test_trying_it_leaves_the_checkout_as_it_was(place: Workplace) -> None:
    """Pulumi would write the key of a stack into its file."""
    assert "" == place.git(place.checkout, "status", "--porcelain")


def test_every_series_has_every_week_of_the_horizon_in_the_notebook(place: Workplace) -> None:
    rows = of_candidate(place, "SELECT * FROM forecasts")

    horizon = horizon_of(place.clone)
    assert {horizon} == set(Counter(row["series"] for row in rows).values())
    assert 7 == len({row["series"] for row in rows})
    assert all(0 <= row["lower_95"] <= row["lower_80"] <= row["mean"] <= row["upper_80"] <= row["upper_95"] for row in rows)
    assert horizon == len({row["week"] for row in rows})


def of_candidate(place: Workplace, sql: str) -> list[dict[str, Any]]:
    found = place.groundwork("query", sql, "--candidate", promotion(place)["candidate"], "--json")
    rows: list[dict[str, Any]] = json.loads(found.stdout)
    return rows


def test_the_environment_s_own_tables_are_untouched_while_a_candidate_is_evaluated(place: Workplace) -> None:
    assert [{"stored": 0}] == place.query("SELECT COUNT(*) AS stored FROM forecasts")
    assert [{"served": 0}] == place.query("SELECT COUNT(*) AS served FROM serving")


@pytest.mark.deep
def test_a_second_demo_says_what_was_there_and_its_push_supersedes_the_first(place: Workplace) -> None:
    before, older = horizon_of(place.clone), promotion(place)["candidate"]

    again = place.groundwork("demo-short")

    assert re.search(r"dev: 0 resources created, 1\d\d unchanged", again.stderr)
    assert "1001 rows were already loaded" in again.stderr
    assert f"supersedes {older}, which is rolled back" in again.stderr
    assert {12, 13} == {before, horizon_of(place.clone)}
    assert [{"weeks": horizon_of(place.clone)}] == of_candidate(place, "SELECT COUNT(DISTINCT week) AS weeks FROM forecasts")
    assert not list((place.twin / "warehouse").glob(f"*/{older.replace('-', '_')}"))
    assert not list((place.twin / "state").rglob(f"*{older}*"))


def test_what_is_rejected_is_gone(place: Workplace) -> None:
    waiting = promotion(place)
    candidate, number = waiting["candidate"], waiting["pull_request"].removeprefix("#")

    place.groundwork("review", "reject", number, "--reason", "not now", "--as", "grace@northwind.example")

    assert "" == place.groundwork("status").stdout
    left = {path.relative_to(place.twin).parts[0] for path in place.twin.rglob(f"*{candidate}*") if "-ledger" not in str(path)}
    assert left <= {"logs", "pulumi"}, "what was said is history"
    assert "grace@northwind.example" in place.groundwork("history", candidate).stdout


def test_a_notebook_that_raises_shows_the_cell_and_leaves_no_result(place: Workplace) -> None:
    own = json.loads((ROOT / NOTEBOOK).read_text())
    own["cells"].append(json.loads(notebook("raise ValueError('the sky fell')"))["cells"][0])

    said = place.push("feature/raises", lambda work: (work / NOTEBOOK).write_text(json.dumps(own)))

    assert "raise ValueError('the sky fell')" in said, "the cell"
    assert "ValueError: the sky fell" in said, "the error"
    assert "FAILURE" == candidates(place)[0].status
    assert "" == place.groundwork("status").stdout, "it was rolled back"
    assert not list((place.twin / "buckets").glob("*-candidates/*/*"))


def test_two_changed_notebooks_are_refused_before_anything_runs(place: Workplace) -> None:
    def change(work: Path) -> None:
        (work / NOTEBOOK).write_text(notebook("1"))
        (work / NOTEBOOK).with_name("other.ipynb").write_text(notebook("2"))

    before = candidates(place)
    said = place.push("feature/two", change)

    assert "2 notebooks changed: " in said
    assert "split the change" in said
    assert before == candidates(place)


def test_a_package_outside_of_the_lock_is_named_with_the_way_to_add_it(place: Workplace) -> None:
    said = place.push("feature/package", lambda work: (work / NOTEBOOK).write_text(notebook("import prophet_of_doom")))

    assert "package-missing" in said
    assert "prophet_of_doom" in said


def test_a_platform_change_is_stopped_with_what_to_do(place: Workplace) -> None:
    said = place.push("feature/elsewhere", lambda work: (work / "NOTES.md").write_text("a note"))

    assert "platform-change-refused" in said
    assert "pull request" in said
    assert "" == place.groundwork("status").stdout


def test_a_push_of_pipeline_and_platform_changes_is_refused(place: Workplace) -> None:
    def change(work: Path) -> None:
        (work / NOTEBOOK).write_text(notebook("1"))
        (work / "README.md").write_text("changed\n")

    said = place.push("feature/both", change)

    assert "change-scope-conflict" in said
    assert "split it" in said
    assert "" == place.groundwork("status").stdout


@pytest.mark.deep
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

    both = [each for each in candidates(place) if each.branch in {"feature/left", "feature/right"}]
    assert [("feature/left", "SUCCESS")] * 2 + [("feature/right", "SUCCESS")] * 2 == sorted(
        (each.branch, each.status) for each in both
    )
    assert 2 == len({(each.branch, each.service_account) for each in both}), "each under an identity of its own"
    assert 2 == len({each.service_account for each in both})
    assert "here-left" in said["left"]
    assert "here-right" not in said["left"]


@pytest.mark.deep
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
    listed = re.findall(r"^\| `(gcp:[^`]+)` \|", (ROOT / "docs/reference/leftovers.md").read_text(), re.MULTILINE)

    place.pulumi("destroy", "--stack", "dev", "--yes")

    left = Store(place.twin).records.execute("select distinct type from resources").fetchall()
    assert set(listed) == {kind for (kind,) in left}
    assert [] == [path for folder in ("buckets", "warehouse") for path in (place.twin / folder).rglob("*") if path.is_file()]
    place.pulumi("up", "--stack", "dev", "--yes")
    place.pulumi("preview", "--stack", "dev", "--expect-no-changes")


def test_reset_puts_everything_back_to_nothing(place: Workplace) -> None:
    place.groundwork("twin", "reset")

    assert not place.twin.exists()
    assert not place.clone.exists()
