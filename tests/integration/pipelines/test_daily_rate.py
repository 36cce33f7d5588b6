"""A pipeline of another kind than forecasting goes through the factory, from push to release, with no change to the platform.

Checks, notebook, steps, warehouse and objects are real, on a twin; builds, repository, stacks, registry and schedules in memory.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from groundwork import connect
from groundwork.checks.__main__ import main as check
from groundwork.contract.factory_settings import Settings, Thresholds
from groundwork.contract.variables import DEPLOYMENT_VARIABLE
from groundwork.factory import gate
from groundwork.notebook.__main__ import main as execute
from groundwork.ports.builds import Submission
from groundwork.ports.models import CHAMPION
from groundwork.sdk.platform import Deployment
from groundwork.twin.core.store import Store
from tests.unit.factory.promoted import Factory, Story, push, settings, without_waits
from tests.unit.factory.world import CANDIDATES, LEDGER, PROJECT, RECORDS

ROOT = Path(__file__).parents[3]
RELEASE = ROOT / "tests/data/pipelines"
NOTEBOOK = "pipelines/daily_rate/notebook.ipynb"
FIRST, SECOND = "0123456789abcdef" + "0" * 24, "fedcba9876543210" + "0" * 24
VISITS = [{"name": "day", "type": "DATE"}, {"name": "visitors", "type": "INTEGER"}, {"name": "orders", "type": "INTEGER"}]
BATCH = {"name": "batch", "type": "STRING", "mode": "REQUIRED"}


def environment() -> Settings:
    """Return the factory of a deployment of this pipeline."""
    other = settings("feature/*", "release")
    deployment = other.deployment.model_copy(
        update={
            "name": "conversion",
            "pipeline": "daily_rate",
            "dataset": f"{PROJECT}.conversion",
            "holdout_weeks": 2,
        }
    )
    thresholds = {
        "mae": Thresholds(at_most=0.01, ratio_to_baseline=1.0, ratio_to_champion=1.05),
        "close": Thresholds(at_least=0.5, ratio_to_champion=0.9),
    }
    return other.model_copy(update={"deployment": deployment, "gate": thresholds})


class World(Factory):
    """The factory's world over a twin, in which a candidate's builds check and execute what is in a workspace."""

    def __init__(self, root: Path, workspace: Path) -> None:
        super().__init__()
        self.store, self.workspace = Store(root), workspace
        twin: Any = connect(f"twin:{root}")
        self.objects = self.ledger = twin.objects
        self.warehouse, self.runner, self.notifications = twin.warehouse, twin.runner, twin.notifications
        self.git_provider.files = {NOTEBOOK: (workspace / NOTEBOOK).read_bytes()}
        self.git_provider.heads = {"main": "a" * 40, "release": "b" * 40}
        self.git_provider.plain = {"a" * 40, "b" * 40}
        for bucket in (LEDGER, RECORDS, CANDIDATES):
            name = bucket.removeprefix("gs://")
            self.store.put("gcp:storage/bucket:Bucket", name, {"name": name, "project": PROJECT, "location": "x"}, ready=True)
            (root / "buckets" / name).mkdir(parents=True)
        for dataset in ("raw", "training_views"):
            self.table(dataset, "visits", [*VISITS, BATCH])
        self.table("conversion", "serving", json.loads((ROOT / "groundwork/environment/serving.json").read_text()))
        self.table("conversion", "rates", self.rates)

    @property
    def rates(self) -> list[dict[str, str]]:
        """The columns of the pipeline's own table."""
        columns: list[dict[str, str]] = json.loads((RELEASE / "daily_rate/tables/rates.json").read_text())
        return columns

    def table(self, dataset: str, table: str, columns: list[dict[str, str]]) -> None:
        """Make a table, and its dataset."""
        inputs = {"project": PROJECT, "datasetId": dataset}
        self.store.put("gcp:bigquery/dataset:Dataset", f"projects/{PROJECT}/datasets/{dataset}", inputs, ready=True)
        name = f"projects/{PROJECT}/datasets/{dataset}/tables/{table}"
        schema = {**inputs, "tableId": table, "schema": json.dumps(columns)}
        self.store.put("gcp:bigquery/table:Table", name, schema, ready=True)
        (self.store.root / "warehouse" / PROJECT / dataset / table).mkdir(parents=True, exist_ok=True)

    def stored(self, table: str) -> pd.DataFrame:
        """Return the rows of a table of the deployment."""
        rows: pd.DataFrame = self.warehouse.query("SELECT * FROM stored", tables={"stored": f"{PROJECT}.conversion.{table}"})
        return rows

    def _resources(self, stack: str, there: bool) -> Mapping[str, Any]:  # noqa: FBT001  as `Stacks` calls it
        dataset = stack.replace("-", "_")
        if there:
            self.table(dataset, "rates", self.rates)
        own = {"name": stack, "dataset": f"{PROJECT}.{dataset}", "raw": f"{PROJECT}.training_views", "holdout_weeks": 0}
        return {"deployment": environment().deployment.model_copy(update={**own, "owners": ()}).model_dump(mode="json")}

    def _candidate_build(self, submission: Submission, build: str) -> None:
        candidate = submission.key.removesuffix("-checks")
        deployment = Deployment.model_validate(self._resources(candidate, there=True)["deployment"])
        folder = f"{CANDIDATES}/{submission.service_account.partition('@')[0]}/{candidate}"
        text = deployment.model_copy(update={"artifacts": folder, "runner": submission.service_account}).model_dump_json()
        arguments = ["--workspace", str(self.workspace), "--deployment", text, "--build", build]
        assert (check(arguments) if submission.key != candidate else execute([*arguments, "--notebook", NOTEBOOK])) == 0


def visits() -> pd.DataFrame:
    """Return ten weeks of visits: a rate for each weekday, higher in the last week before the holdout."""
    days = pd.date_range("2026-09-07", periods=70)
    rate = 0.03 + 0.002 * days.weekday.to_numpy() + np.where(np.arange(70) // 7 == 7, 0.008, 0.0)
    return pd.DataFrame({"day": days.date, "visitors": 10_000, "orders": (10_000 * rate).round().astype(int)})


@pytest.fixture
def story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Story:
    for name in [name for name in sys.modules if name.partition(".")[0] == "pipelines"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(gate, "_RELEASE", RELEASE)
    monkeypatch.setenv("GROUNDWORK_PLATFORM", f"twin:{tmp_path / 'twin'}")
    monkeypatch.setenv(DEPLOYMENT_VARIABLE, "")
    without_waits(monkeypatch)
    workspace = tmp_path / "workspace"
    shutil.copytree(RELEASE, workspace / "pipelines", ignore=shutil.ignore_patterns("__pycache__"))
    world = World(tmp_path / "twin", workspace)
    world.warehouse.append(f"{PROJECT}.raw.visits", visits(), batch="all")
    world.warehouse.append(f"{PROJECT}.training_views.visits", visits()[:56], batch="training")
    return Story(environment(), world, [], approved=True)


def edit(world: Any, before: str, after: str) -> None:
    """Change the notebook of the commits to come."""
    text = (world.workspace / NOTEBOOK).read_text()
    assert before in text
    (world.workspace / NOTEBOOK).write_text(text.replace(before, after))
    world.git_provider.files = {NOTEBOOK: text.replace(before, after).encode()}


def test_a_rate_per_day_is_evaluated_reported_approved_and_released_and_a_worse_one_is_rejected(story: Story) -> None:
    world: Any = story.world
    push("release", FIRST)(story)

    (request,) = world.git_provider.made.values()
    assert (request.candidate, request.base, request.state) == ("conversion-0123456789ab", "main", "open")
    said = "\n".join(story.said)
    assert "gate: Mean error 0.0020 <= 0.0080 (1 x baseline 0.0080)" in said
    assert "gate: Close days: no champion to compare with, skipped" in said
    assert "| Metric | Candidate | Champion | Baseline (last week) | The candidate is |" in request.body
    page = world.objects.cat(f"{RECORDS}/candidates/conversion-0123456789ab/report.html").decode()
    for text in ("Baseline (last week)", "better than last week", "Conversion rate", "orders per visitor", "Means of the last 4"):
        assert text in page
    assert not {"forecast", "naive", "series", "sales"} & set(page.lower().replace(",", " ").split())

    story.decide()
    story.reconcile()
    assert story.ends() == {"conversion-0123456789ab": ("promoted", ())}
    (serving,) = world.stored("serving").to_dict("records")
    rates = world.stored("rates")
    assert set(rates["batch"]) == {serving["run"]}
    assert (len(rates), rates["day"].min()) == (14, pd.Timestamp("2026-11-02"))
    assert world.models.alias("conversion", CHAMPION) == serving["version"] == "1"
    assert world.schedules.made["conversion"].digest in page

    edit(world, "weeks = 4", "weeks = 1")
    push("feature/x", SECOND)(story)
    assert story.ends()["conversion-fedcba987654"] == ("rejected", ())
    said = "\n".join(story.said)
    assert "gate: FAILED: Mean error" in said
    assert "gate: FAILED: Close days" in said
    assert set(world.stored("rates")["batch"]) == {serving["run"]}
