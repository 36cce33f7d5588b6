"""The shipped build file executes the notebook that was pushed, and a notebook that fails leaves no result."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
import yaml

from groundwork import connect
from groundwork.contract.deployment import Deployment
from groundwork.factory.effects.execution import Execution
from groundwork.twin.cloudbuild import history

if TYPE_CHECKING:
    from collections.abc import Callable

PROJECT = "northwind-ml-dev"
DEPLOYMENT = Deployment(
    name="forecasting",
    pipeline="forecasting",
    project=PROJECT,
    region="europe-west2",
    dataset=f"{PROJECT}.forecasting",
    raw=f"{PROJECT}.raw",
    artifacts=f"gs://{PROJECT}-forecasting-artifacts",
    runner=f"forecasting-runner@{PROJECT}.iam.gserviceaccount.com",
    topic=f"projects/{PROJECT}/topics/notifications",
    owners=("ada@northwind.example",),
    holdout_weeks=0,
)
NOTEBOOK = "pipelines/forecasting/notebook.ipynb"
STORE = """
import os
import pandas as pd
import groundwork
from groundwork.ports.runner import Run, new_run
from groundwork.twin.core.store import Store
from groundwork.twin.vertex.runs import recorded, update_run
from dataclasses import replace
from datetime import UTC, datetime
store = Store(__import__("pathlib").Path(os.environ["GROUNDWORK_PLATFORM"].removeprefix("twin:")))
run = Run(id=new_run("forecasting"), pipeline="forecasting", deployment="forecasting", build=os.environ["GROUNDWORK_BUILD"],
          status="running", started=datetime.now(UTC), ended=None, steps=(), artifacts={}, error="")
with recorded(store, run):
    groundwork.connect().warehouse.append("northwind-ml-dev.forecasting.forecasts", pd.DataFrame({"y": [1.5]}), batch=run.id)
    update_run(store, replace(run, status="succeeded"))
"""


def notebook(*cells: str, **metadata: Any) -> str:
    code: list[dict[str, Any]] = [
        {"cell_type": "code", "source": cell, "metadata": {}, "outputs": [], "execution_count": None} for cell in cells
    ]
    return json.dumps({"cells": code, "metadata": metadata, "nbformat": 4, "nbformat_minor": 4})


@pytest.fixture
def deployed(world: Any) -> Any:
    """The world with what `pulumi up` makes for one deployment."""
    put = world.store.put
    bucket = DEPLOYMENT.artifacts.removeprefix("gs://")
    member = f"serviceAccount:{DEPLOYMENT.runner}"
    schema = [{"name": "y", "type": "FLOAT64", "mode": "REQUIRED"}, {"name": "batch", "type": "STRING", "mode": "REQUIRED"}]
    place = {"project": PROJECT, "datasetId": "forecasting"}
    put("gcp:storage/bucket:Bucket", bucket, {"name": bucket, "project": PROJECT}, ready=True)
    put("gcp:bigquery/dataset:Dataset", f"projects/{PROJECT}/datasets/forecasting", place, ready=True)
    table = {**place, "tableId": "forecasts", "schema": json.dumps(schema)}
    put("gcp:bigquery/table:Table", f"projects/{PROJECT}/datasets/forecasting/tables/forecasts", table, ready=True)
    account = {"accountId": "forecasting-runner", "project": PROJECT, "disabled": False}
    put("gcp:serviceaccount/account:Account", f"projects/{PROJECT}/serviceAccounts/{DEPLOYMENT.runner}", account, ready=True)
    grants = [
        ("gcp:storage/bucketIAMMember:BucketIAMMember", {"bucket": bucket, "role": "roles/storage.objectUser"}),
        (
            "gcp:bigquery/datasetAccess:DatasetAccess",
            {**place, "role": "roles/bigquery.dataEditor", "userByEmail": DEPLOYMENT.runner},
        ),
        ("gcp:projects/iAMMember:IAMMember", {"project": PROJECT, "role": "roles/bigquery.jobUser"}),
    ]
    for kind, grant in grants:
        put(kind, f"{grant['role']}/{member}", {"project": PROJECT, **grant, "member": member}, ready=True)
    (world.store.root / "buckets" / bucket).mkdir(parents=True)
    (world.store.root / f"warehouse/{PROJECT}/forecasting/forecasts").mkdir(parents=True)
    build = yaml.safe_load((Path(__file__).parents[3] / "cloudbuild/candidate.yaml").read_text())
    given = {"_DEPLOYMENT": DEPLOYMENT.model_dump_json(), "_NOTEBOOK": NOTEBOOK, "_IMAGE": "groundwork:0.1.0"}
    world.trigger(*build["steps"], build={"timeout": build["timeout"]}, substitutions=given)
    return world


LOOK = """
import importlib.util, os, subprocess, sys
import groundwork
from pipelines.forecasting import pipeline
print("horizon", pipeline.HORIZON)
print("models", importlib.util.find_spec("pipelines.forecasting.models"))
print("in", os.path.basename(os.getcwd()))
code = "import groundwork, pipelines.forecasting.pipeline as p; print('below', p.HORIZON)"
print(subprocess.check_output([sys.executable, "-c", code], text=True))
"""


def test_the_notebook_that_changed_runs_with_the_pushed_code(deployed: Any) -> None:
    """`groundwork` comes from the platform, `pipelines` from the commit; the kernel and what it starts see it so."""
    deployed.commit({"pipelines/forecasting/pipeline.py": "HORIZON = 11\n", "groundwork/__init__.py": "raise RuntimeError\n"})
    deployed.commit({NOTEBOOK: notebook(LOOK, "{'answer': 42}", kernelspec={"name": "elsewhere", "language": "python"})})
    said = deployed.push()
    build = deployed.build()
    assert [(step.id, step.status) for step in build.steps] == [("execute", "SUCCESS")], said
    for line in ("horizon 11", "models None", "in forecasting", "below 11", "{'answer': 42}"):
        assert f'"execute":     {line}' in said
    assert "cell 1/2: import importlib.util" in said
    assert "cell 2/2 … " in said
    kept = f"{DEPLOYMENT.artifacts}/executions/{build.id}/notebook.ipynb"
    assert f"executed copy: {kept}" in said
    executed = json.loads(connect(f"twin:{deployed.store.root}").objects.cat(kept))
    assert executed["cells"][1]["outputs"][0]["data"]["text/plain"] == ["{'answer': 42}"]


def test_a_notebook_that_raises_shows_cell_and_error_and_leaves_no_result(deployed: Any) -> None:
    deployed.commit({NOTEBOOK: notebook(STORE, "import sys\nprint('hint', file=sys.stderr)\nraise ValueError('no sales')")})
    said = deployed.push()
    assert deployed.build().status == "FAILURE"
    assert "cell 2/2 failed; its source:" in said
    assert "    raise ValueError('no sales')" in said
    assert "ValueError: no sales" in said
    assert "\x1b[" not in said
    assert "error: cell 2/2 of notebook.ipynb raised ValueError: no sales (notebook-failed)" in said
    assert "retracted its rows in forecasts" in said
    assert not left(deployed)


def test_what_a_notebook_stored_stays_when_it_succeeds(deployed: Any) -> None:
    deployed.commit({NOTEBOOK: notebook(STORE)})
    deployed.push()
    assert deployed.build().status == "SUCCESS"
    assert len(left(deployed)) == 2


def test_a_package_outside_the_lock_is_named_with_the_way_in(deployed: Any) -> None:
    deployed.commit({NOTEBOOK: notebook("import prophet.models")})
    said = deployed.push()
    assert "error: cell 1/1 of notebook.ipynb needs the package `prophet`, which is not in the platform's lock" in said
    assert "(package-missing)" in said
    assert "hint: run `uv add prophet`, and open a pull request with the changed pyproject.toml and uv.lock" in said
    assert deployed.build().status == "FAILURE"


def test_a_module_that_the_commit_lacks_is_no_package(deployed: Any) -> None:
    deployed.commit({NOTEBOOK: notebook("import pipelines.forecasting.gone")})
    assert "raised ModuleNotFoundError: No module named 'pipelines.forecasting.gone' (notebook-failed)" in deployed.push()


@pytest.mark.parametrize("how", ["kill of the build", "kill of the factory", "time limit"])
def test_a_kill_or_a_time_limit_leaves_no_kernel_and_no_result(
    deployed: Any, eventually: Callable[..., Any], of_twin: Any, request: pytest.FixtureRequest, how: str
) -> None:
    """A killed build retracts nothing, on the twin as on Google: the factory's effect does, whatever was killed."""
    commit = deployed.commit({NOTEBOOK: notebook(STORE, "print('stored')", "import time; time.sleep(600)")})
    deployed.git("push", "--quiet", "twin", "HEAD:refs/heads/other")
    execution = Execution(connect(f"twin:{deployed.store.root}"), lambda _: None)
    intent = execution.plan(dataset=DEPLOYMENT.dataset, **submission(commit, timeout="20s" if how == "time limit" else "600s"))
    factory = subprocess.Popen(
        [sys.executable, "-c", APPLY, str(deployed.store.root), json.dumps(intent)], stdout=subprocess.PIPE, text=True
    )
    request.addfinalizer(factory.kill)
    eventually(lambda: len(left(deployed)) == 1, "the notebook has stored")
    if how != "time limit":
        victim = "groundwork.twin.cloudbuild.submitted" if how == "kill of the build" else APPLY
        (process,) = [
            each for each in psutil.process_iter() if victim in _command(each) and str(deployed.store.root) in _command(each)
        ]
        process.kill()
    said, _ = factory.communicate(timeout=60)
    eventually(lambda: not of_twin(deployed.store), "its processes are gone")
    (build,) = history.all_builds(deployed.store)
    assert build.status == ("TIMEOUT" if how == "time limit" else "CANCELLED")
    if how == "kill of the factory":
        assert left(deployed)
    else:
        assert "retracted its rows in forecasts" in said
        assert not left(deployed)
    execution.revert(intent)  # as the next reconciliation does
    assert not left(deployed)
    assert execution.leftovers(intent) == ""


APPLY = """
import json, sys
from groundwork import connect
from groundwork.factory.effects.execution import Execution
from groundwork.factory.protocols import Fault
try:
    Execution(connect("twin:" + sys.argv[1]), print).apply(json.loads(sys.argv[2]))
except Fault as fault:
    print(fault)
"""


def submission(commit: str, *, timeout: str) -> dict[str, Any]:
    """Return a submission of the candidate's build file, with another time limit."""
    build = yaml.safe_load((Path(__file__).parents[3] / "cloudbuild/candidate.yaml").read_text())
    values = {"_DEPLOYMENT": DEPLOYMENT.model_dump_json(), "_NOTEBOOK": NOTEBOOK, "_IMAGE": "groundwork:0.1.0"}
    build = {**build, "steps": [{**step, "timeout": timeout} for step in build["steps"]], "timeout": timeout}
    return {
        "key": "candidate-1", "project": PROJECT, "region": "europe-west2", "branch": "other", "commit": commit,
        "repository": "https://github.com/northwind/forecasting.git", "build": build,
        "substitutions": values, "service_account": DEPLOYMENT.runner,
    }  # fmt: skip


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def left(world: Any) -> list[Path]:
    """Return every file of tables and of executed notebooks."""
    return [path for part in ("warehouse", "buckets") for path in (world.store.root / part).rglob("*") if path.is_file()]
