"""A candidate's world: it knows no held-out week, and in the buckets it may do nothing but in its own folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import pytest

from groundwork import connect
from groundwork.contract.variables import DEPLOYMENT_VARIABLE
from groundwork.environment import names
from groundwork.factory.artifacts import TABLE_BYTES, TABLE_ROWS, frame
from groundwork.factory.gate import evaluation_for
from groundwork.notebook.execute import execute
from groundwork.sdk.evaluation import Case, Copied, Evaluation
from groundwork.sdk.report_blocks import Report
from groundwork.twin.core.store import Store
from groundwork.twin.iam.custom_roles import CustomRole
from stacks.row_writer import PERMISSIONS
from tests.integration.pipelines.conftest import PROJECT, ROOT, Place

BUCKET = f"{PROJECT}-candidates"
IDENTITY = f"candidate-01@{PROJECT}.iam.gserviceaccount.com"
FOLDER = "candidate-01/forecasting-0123456789ab"
HELD_OUT = pd.Timestamp("2012-08-10").date()


@dataclass(frozen=True)
class Executed:
    """A candidate whose notebook was executed."""

    place: Place
    run: str
    said: str
    notebook: dict[str, Any]

    def output(self, cell: str) -> str:
        (found,) = (each for each in self.notebook["cells"] if each["id"] == cell)
        return "".join("".join(each.get("data", {}).get("text/plain", "")) for each in found["outputs"])


def grant(store: Store) -> None:
    """Give the candidate what its stack gives it: its dataset, what may be known of the sales, and a folder of the bucket."""
    account = f"projects/{PROJECT}/serviceAccounts/{IDENTITY}"
    store.put("gcp:serviceaccount/account:Account", account, {"accountId": "candidate-01", "project": PROJECT, "disabled": False},
             ready=True)  # fmt: skip
    store.put("gcp:storage/bucket:Bucket", BUCKET, {"name": BUCKET, "project": PROJECT}, ready=True)
    (store.root / "buckets" / BUCKET).mkdir()
    prefix = f"projects/_/buckets/{BUCKET}/objects/candidate-01/"
    condition = {"title": "folder", "expression": f'resource.name.startsWith("{prefix}")'}
    dataset, role = "gcp:bigquery/datasetAccess:DatasetAccess", names.row_writer(PROJECT)
    store.put(CustomRole.type, role, {"project": PROJECT, "roleId": names.ROW_WRITER, "permissions": PERMISSIONS}, ready=True)
    for kind, given in (
        (
            "gcp:storage/bucketIAMMember:BucketIAMMember",
            {"bucket": BUCKET, "role": "roles/storage.objectUser", "condition": condition},
        ),
        (dataset, {"datasetId": "forecasting", "role": role, "userByEmail": IDENTITY}),
        (dataset, {"datasetId": "raw", "role": "roles/bigquery.dataViewer", "userByEmail": IDENTITY}),
        ("gcp:projects/iAMMember:IAMMember", {"role": "roles/bigquery.jobUser"}),
        ("gcp:projects/iAMMember:IAMMember", {"role": "roles/logging.logWriter"}),
    ):
        store.put(
            kind, f"{given['role']}/{IDENTITY}", {"project": PROJECT, "member": f"serviceAccount:{IDENTITY}", **given}, ready=True
        )


@pytest.fixture(scope="module")
def executed(place_of: Callable[..., Place], sample: pd.DataFrame) -> Executed:
    made = place_of(holdout_weeks=0)
    made.load(sample[sample["Date"] < HELD_OUT])
    artifacts = f"gs://{BUCKET}/{FOLDER}"
    own = made.deployment.model_copy(update={"artifacts": artifacts, "runner": IDENTITY, "owners": ()})
    place = replace(made, deployment=own)
    grant(Store(place.root))
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GROUNDWORK_IDENTITY", IDENTITY)
        patch.setenv(DEPLOYMENT_VARIABLE, own.model_dump_json())
        kept = execute(
            ROOT / "pipelines/forecasting/notebook.ipynb",
            workspace=ROOT, deployment=own, platform=connect(), execution="build-1", say=said.append,
        )  # fmt: skip
    (run,) = place.platform.runner.runs()
    return Executed(place, run.id, "\n".join(said), json.loads(place.platform.objects.cat(kept)))


def test_it_runs_without_a_right_to_list_its_bucket(executed: Executed) -> None:
    mine = connect(f"twin:{executed.place.root}", identity=IDENTITY).objects
    with pytest.raises(PermissionError, match=r"storage\.objects\.list"):
        mine.ls(f"{BUCKET}/{FOLDER}")
    written = sorted(path.split("/")[3] for path in executed.place.platform.objects.find(f"{BUCKET}/{FOLDER}"))
    assert set(written) == {"executions", "runs"}


def test_its_notebook_says_who_measures_it_and_shows_no_empty_table(executed: Executed) -> None:
    assert "measured by the platform after this" in executed.output("summary")
    assert not executed.output("accuracy-rows")
    assert "2012-08-10" in executed.output("stored-rows")


def test_it_stores_forecasts_of_the_weeks_that_it_may_not_know_and_no_accuracy(executed: Executed) -> None:
    assert executed.place.stored("accuracy", executed.run).empty
    assert executed.place.stored("forecasts", executed.run)["week"].min() == pd.Timestamp(HELD_OUT)
    assert executed.place.letters() == []


def test_its_own_report_is_kept_for_the_factory(executed: Executed) -> None:
    report = executed.place.platform.objects.cat(f"gs://{BUCKET}/{FOLDER}/runs/{executed.run}/report.json")
    assert Report.model_validate_json(report).blocks[0].title == "Parameters"


def test_the_platform_then_measures_it_on_what_it_was_not_shown(executed: Executed, sample: pd.DataFrame) -> None:
    executed.place.load(sample[sample["Date"] >= HELD_OUT], batch="held-out")
    stored = executed.place.platform.warehouse.export(
        f"{executed.place.deployment.dataset}.forecasts", batch=executed.run, rows=TABLE_ROWS, size=TABLE_BYTES
    )
    case = Case(
        warehouse=executed.place.platform.warehouse,
        raw=executed.place.deployment.raw,
        holdout_weeks=12,
        candidate=Copied(run=executed.run, tables={"forecasts": frame(stored)}),
        champion=None,
    )
    evaluation: Evaluation = evaluation_for("forecasting", case)
    assert evaluation.problems == ()
    assert round(evaluation.metrics[0].candidate, 3) == 0.066
