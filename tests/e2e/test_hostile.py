"""A candidate whose every part is hostile is evaluated like any other, and reaches nothing but what is its own."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from groundwork.adapters.connect import connect
from groundwork.cli.demo.snapshot import differences, snapshot
from groundwork.contract.deployment import Deployment
from groundwork.twin import lifecycle
from groundwork.twin.cloudbuild.history import all_builds
from groundwork.twin.core.store import Store
from groundwork.twin.registry import RESOURCE_TYPES
from tests.e2e import hostile_code
from tests.e2e.workplace import NOTEBOOK, ROOT, Workplace, notebook

pytestmark = [pytest.mark.engine, pytest.mark.deep]

PROJECT, BRANCH = "northwind-ml-dev", "feature/hostile"
FOLDER = "pipelines/forecasting"
MISCHIEF = Path(__file__).with_name("hostile_code.py")
PARTS = ("conftest.py", "pipeline.py", "the notebook")
BACKDOOR = "attacker.example/backdoor:1"
FORGED = """
import os
import pandas as pd
from groundwork import connect
from groundwork.sdk.report_blocks import Report, Text
from groundwork.sdk.platform import Deployment
from pipelines.forecasting.mischief import told

place, platform = Deployment.current(), connect()
one = {"series": "all", "model": "selected", "weeks": 12, "wape": 0.0, "naive_wape": 0.9, "mase": 0.0, "naive_mase": 9.0}
rows = pd.DataFrame([{**dict.fromkeys(("coverage_80", "coverage_90", "coverage_95"), 1.0), **one}])
columns = [column.name for column in platform.warehouse.describe(f"{place.dataset}.accuracy").columns]
platform.warehouse.append(f"{place.dataset}.accuracy", rows[[name for name in columns if name in rows]], batch=run.id)
lies = Report(blocks=(Text(title="The gate", text="passed: WAPE is 0.0%; approved by grace@northwind.example"),))
with platform.objects.open(f"{place.artifacts}/runs/{run.id}/report.json", "wb") as file:
    file.write(lies.model_dump_json().encode())
with platform.objects.open(f"{place.artifacts}/executions/{os.environ['GROUNDWORK_BUILD']}/pipeline.yaml", "wb") as file:
    file.write(b"image: attacker.example/backdoor:1")
known = platform.warehouse.query("SELECT MAX(Date) AS last FROM it", tables={"it": f"{place.raw}.sales"})
print(f"forged {len(rows)} rows; the newest week that is known here is {pd.Timestamp(known['last'].iloc[0]):%Y-%m-%d}")
"""


@dataclass(frozen=True)
class Pushed:
    """What the push said, and what was live before, while the review decision was waited for, and after the rejection."""

    said: str
    candidate: str = ""
    number: str = ""
    snapshots: list[dict[str, str]] = field(default_factory=list)
    kept: list[dict[str, bytes]] = field(default_factory=list)
    """The factory's records of it: as it waits, and after it has rewritten what it could and the factory has looked again."""
    rewriting: dict[str, str] = field(default_factory=dict)
    """What became of each of its attempts to, as it waits."""
    forecasts: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture(scope="module")
def place(fresh: Callable[[], Workplace]) -> Workplace:
    made = fresh()
    made.groundwork("twin", "env")
    made.pulumi("up", "--stack", "dev", "--yes", "--skip-preview")
    made.groundwork("load", str(ROOT / FOLDER / "sample/walmart_sales_weekly.csv"))
    _another_candidate(made)
    return made


@pytest.fixture(scope="module")
def pushed(place: Workplace) -> Pushed:
    before = snapshot(place.twin, without=[BRANCH])
    said = place.push(BRANCH, _hostile)
    (waits,) = json.loads(place.groundwork("status", "--json").stdout or "[{}]")
    assert waits.get("pull_request"), said
    candidate, number = waits["candidate"], waits["pull_request"].removeprefix("#")
    while_evaluated = snapshot(place.twin, without=[BRANCH])
    forecasts = _rows(place, candidate, "forecasts")
    kept = [_records(place, candidate)]
    rewriting = _rewrite(place, candidate)
    place.groundwork("reconcile")
    kept.append(_records(place, candidate))
    place.groundwork("review", "reject", number, "--reason", "hostile", "--as", "grace@northwind.example")
    after = snapshot(place.twin, without=[BRANCH])
    return Pushed(said, candidate, number, [before, while_evaluated, after], kept, rewriting, forecasts)


def _another_candidate(place: Workplace) -> None:
    """Make what another candidate would have, for this one to reach for."""
    store, dataset = Store(place.twin), hostile_code.OTHER.replace("-", "_")
    with connect(f"twin:{place.twin}").objects.open(
        f"gs://{PROJECT}-candidates/candidate-03/{hostile_code.OTHER}/secret", "wb"
    ) as file:
        file.write(b"a secret")
    schema = (ROOT / FOLDER / "tables/forecasts.json").read_text()
    rows = {
        "gcp:bigquery/dataset:Dataset": {"datasetId": dataset, "location": "europe-west2"},
        "gcp:bigquery/table:Table": {"datasetId": dataset, "tableId": "forecasts", "schema": schema},
    }
    for token, given in rows.items():
        resource_type = RESOURCE_TYPES[token]
        lifecycle.create(store, resource_type, lifecycle.completed(resource_type, given, PROJECT))


def _hostile(work: Path) -> None:
    folder = work / FOLDER
    (folder / "mischief.py").write_text(MISCHIEF.read_text())
    act = "from pipelines.forecasting.mischief import mischief\nmischief({!r})\n"
    (folder / "tests/conftest.py").write_text(act.format(PARTS[0]))
    pipeline = folder / "pipeline.py"
    pipeline.write_text(pipeline.read_text() + "\n\n" + act.format(PARTS[1]))
    own = json.loads((work / NOTEBOOK).read_text())
    own["cells"].insert(0, json.loads(notebook(act.format(PARTS[2])))["cells"][0])
    own["cells"] += json.loads(notebook(FORGED, *(f"print(told(platform, place, {part!r}))" for part in PARTS)))["cells"]
    text = json.dumps(own, indent=1)
    shorter = re.sub(r"models = \([^)]*\)", r'models = (\\"seasonal_naive\\",)', text)
    assert shorter != text
    (work / NOTEBOOK).write_text(shorter)


def _records(place: Workplace, candidate: str) -> dict[str, bytes]:
    folder = place.twin / f"buckets/{PROJECT}-records/candidates/{candidate}"
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def _done(place: Workplace, candidate: str) -> dict[str, Any]:
    records = json.loads(place.groundwork("history", candidate, "--json").stdout)[candidate]
    return {record["key"]: record["output"] for record in records if record["type"] == "completed"}


def _rewrite(place: Workplace, candidate: str) -> dict[str, str]:
    """Be what the candidate has left behind, with its identity's rights: a process, or a token that was carried out."""
    done = _done(place, candidate)
    dataset, folder, run = done["provision"]["deployment"]["dataset"], done["provision"]["folder"], done["execute"]["run"]
    own = connect(f"twin:{place.twin}", identity=done["provision"]["identity"])
    rows = pd.DataFrame({"value": [999999.0]})

    def write(name: str) -> Callable[[], object]:
        return lambda: own.objects.pipe_file(f"{folder}/{name}", b"image: attacker.example/backdoor:1")

    builds = [done[step]["build"] for step in ("checks", "execute")]
    return {
        "retract": hostile_code.outcome(lambda: own.warehouse.retract(f"{dataset}.forecasts", batch=run)),
        "append": hostile_code.outcome(lambda: own.warehouse.append(f"{dataset}.forecasts", rows, batch=run)),
        **{f"pipeline of {build}": hostile_code.outcome(write(f"executions/{build}/pipeline.yaml")) for build in builds},
        **{f"notebook of {build}": hostile_code.outcome(write(f"executions/{build}/notebook.ipynb")) for build in builds},
        "report": hostile_code.outcome(write(f"runs/{run}/report.json")),
    }


def _rows(place: Workplace, candidate: str, table: str) -> list[dict[str, Any]]:
    shown = place.groundwork("query", f"SELECT * FROM {table}", "--candidate", candidate, "--json").stdout  # noqa: S608  our own name
    rows: list[dict[str, Any]] = json.loads(shown or "[]")
    return rows


def test_everything_that_it_tries_is_refused_wherever_it_tries_it(place: Workplace, pushed: Pushed) -> None:
    outputs = json.loads(place.pulumi("stack", "output", "--stack", "dev", "--json").stdout)
    here = Deployment.model_validate(outputs["deployments"]["forecasting"])
    wanted = hostile_code.attempts(connect(f"twin:{place.twin}"), here)
    said = {line.rpartition("| ")[2].partition('": ')[2].strip() for line in pushed.said.splitlines()}

    assert "DONE" not in pushed.said
    assert "BROKEN" not in pushed.said
    assert [] == [f"{what}, from {part}" for what in wanted for part in PARTS if f"refused {what}, from {part}" not in said]


def test_the_newest_week_that_it_can_know_of_is_before_the_held_out_ones(place: Workplace, pushed: Pushed) -> None:
    (newest,) = place.query("SELECT MAX(Date) AS last FROM sales")
    (known,) = re.findall(r"newest week that is known here is (\S+)", pushed.said)

    assert date.fromisoformat(newest["last"][:10]) - timedelta(weeks=12) == date.fromisoformat(known)


def test_the_gate_says_the_true_metric_whatever_the_candidate_stored_of_itself(place: Workplace, pushed: Pushed) -> None:
    assert "forged 1 rows" in pushed.said, "it did Git provider"
    rows = place.query("SELECT Store, Dept, Date, Weekly_Sales FROM sales")
    made = {(row["series"], row["week"][:10]): row["mean"] for row in pushed.forecasts}
    actual = {(f"{row['Store']}_{row['Dept']}", row["Date"][:10]): row["Weekly_Sales"] for row in rows}
    true = sum(abs(actual[key] - mean) for key, mean in made.items()) / sum(abs(actual[key]) for key in made)

    assert 0.01 < true
    assert f"gate: WAPE is {100 * true:.1f}%" in pushed.said


def test_what_it_compiled_to_before_its_notebook_ran_is_what_is_kept(pushed: Pushed) -> None:
    compiled = pushed.kept[0]["pipeline.yaml"]

    assert BACKDOOR.encode() not in compiled
    assert yaml.safe_load(compiled)["pipelineInfo"]["name"] == "forecasting"
    assert f"checks: compiled pipeline sha256:{hashlib.sha256(compiled).hexdigest()[:12]}" in pushed.said


def test_after_the_copy_what_it_rewrites_is_looked_at_by_nobody(pushed: Pushed) -> None:
    """Its rights on the dataset went with it; the folder is its identity's, and nothing reads it any more."""
    assert {"refused"} == {pushed.rewriting[each] for each in ("retract", "append")}
    assert {"DONE"} == {outcome for each, outcome in pushed.rewriting.items() if each not in {"retract", "append"}}
    waiting, looked_again = pushed.kept
    assert {"notebook.ipynb", "pipeline.yaml", "report.html", "evaluation.json", "tables/forecasts.parquet"} < set(waiting)
    assert waiting == looked_again


def test_nothing_but_what_is_the_candidates_changes_while_it_is_evaluated(pushed: Pushed) -> None:
    before, while_evaluated, _ = pushed.snapshots
    own = (pushed.candidate, pushed.candidate.replace("-", "_"), "leases/candidate-01.json")

    assert [] == [
        each for each in differences(before, while_evaluated) if not each.startswith("left behind") or not _any(own, each)
    ]


def _any(words: tuple[str, ...], text: str) -> bool:
    return any(word in text for word in words)


def test_rejected_it_leaves_nothing(pushed: Pushed) -> None:
    before, _, after = pushed.snapshots

    assert [] == differences(before, after)


def test_one_that_brings_its_own_evaluate_along_is_to_be_split(place: Workplace) -> None:
    evaluated = len([each for each in all_builds(Store(place.twin)) if each.service_account.startswith("candidate-")])

    own = {
        "cloudbuild/evaluate.yaml": "steps: [{name: x, script: 'echo DONE'}]\n",
        "groundwork/factory/gate.py": "def gate(*_): return True\n",
        "tests/e2e/test_hostile.py": "",
    }

    def change(work: Path) -> None:
        (work / NOTEBOOK).write_text(notebook("1"))
        for path, text in own.items():
            (work / path).parent.mkdir(parents=True, exist_ok=True)
            (work / path).write_text(text)

    said = place.push("feature/own-evaluate", change)

    assert "change-scope-conflict" in said
    for path in own:
        assert path in said
    assert "DONE" not in said
    assert evaluated == len([each for each in all_builds(Store(place.twin)) if each.service_account.startswith("candidate-")])
