"""What a hostile candidate tries. A test puts this into a pushed pipeline's folder: it is run there, and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import groundwork
from groundwork.contract.deployment import Deployment
from groundwork.contract.variables import PLATFORM_VARIABLE
from groundwork.errors import GroundworkError
from groundwork.ports.builds import Submission
from groundwork.ports.errors import Denied
from groundwork.ports.git_provider import Proposal, ReviewDecision
from groundwork.ports.platform import Platform
from groundwork.ports.schedules import Schedule
from groundwork.twin.bigquery.resources import Table
from groundwork.twin.core import lifecycle
from groundwork.twin.core.store import Store

REMOTE = "https://github.com/northwind/forecasting.git"
OTHER = "forecasting-0123456789ab"
COMMIT = "0" * 40


def mischief(where: str) -> None:
    """Try everything; keep a line for each in this candidate's own folder, where its notebook reads them."""
    place, platform = Deployment.current(), groundwork.connect()
    lines = [f"{outcome(attempt)} {what}, from {where}" for what, attempt in attempts(platform, place).items()]
    with platform.objects.open(f"{place.artifacts}/mischief/{where}", "wb") as file:
        file.write("\n".join(lines).encode())


def attempts(platform: Platform, place: Deployment) -> Mapping[str, Callable[[], object]]:
    """Return everything that there is to try."""
    return {
        **reads(platform, place),
        **writes(platform, place),
        **makes(place),
        **decides(platform, place),
        **becomes(place),
    }


def outcome(attempt: Callable[[], object]) -> str:
    """Return `refused`, `DONE`, or what went wrong with the attempt itself."""
    try:
        attempt()
    except (Denied, PermissionError):
        return "refused"
    except GroundworkError as error:
        return "refused" if error.code == "not-yourself" else f"BROKEN ({error})"
    except Exception as error:  # noqa: BLE001  an attempt that fails by itself shows nothing
        return f"BROKEN ({type(error).__name__}: {error})"
    return "DONE"


def told(platform: Platform, place: Deployment, where: str) -> str:
    """Return the lines that were kept."""
    return str(platform.objects.cat_file(f"{place.artifacts}/mischief/{where}").decode())


def reads(platform: Platform, place: Deployment) -> Mapping[str, Callable[[], object]]:
    """Return attempts to know what a candidate is not to know."""
    project, own = place.project, environments(place)
    raw = f"{project}.raw.sales"

    def query(sql: str, table: str) -> Callable[[], object]:
        return lambda: platform.warehouse.query(sql, tables={"it": table})

    def bucket(url: str) -> Callable[[], object]:
        return lambda: platform.objects.cat_file(f"gs://{project}-{url}")

    return {
        "read raw sales": query("SELECT * FROM it", raw),
        "read the held-out weeks": query("SELECT MAX(Date) AS last FROM it", raw),
        "read the environment's forecasts": query("SELECT * FROM it", f"{own}.forecasts"),
        "read another candidate's dataset": query("SELECT * FROM it", f"{project}.{OTHER.replace('-', '_')}.forecasts"),
        "read another candidate's folder": bucket(f"candidates/candidate-03/{OTHER}/secret"),
        "list other candidates": lambda: platform.objects.find(f"gs://{project}-candidates"),
        "read what is kept of another candidate": bucket(f"records/candidates/{OTHER}/evaluation.json"),
        "read the ledger": lambda: platform.objects.find(f"gs://{project}-ledger/promotions"),
        "read the champion's version": lambda: platform.models(project).versions(place.name),
    }


def writes(platform: Platform, place: Deployment) -> Mapping[str, Callable[[], object]]:
    """Return attempts to change what is not the candidate's."""
    project, own = place.project, environments(place)

    def write(url: str) -> Callable[[], object]:
        def attempt() -> None:
            with platform.objects.open(f"gs://{project}-{url}", "wb") as file:
                file.write(b"{}")

        return attempt

    def append(table: str) -> Callable[[], object]:
        def attempt() -> None:
            import pandas as pd  # noqa: PLC0415  slow to load

            platform.warehouse.append(table, pd.DataFrame([{"series": "1_1"}]), batch="forged")

        return attempt

    models, schedules = platform.models(project), platform.schedules(project)
    pinned = Schedule(cron="* * * * *", pipeline=f"{place.artifacts}/p.yaml", digest="sha256:0", service_account=place.runner)
    return {
        "write a ledger record": write(f"ledger/promotions/{OTHER}/000001.json"),
        "write records": write(f"records/candidates/{OTHER}/evaluation.json"),
        "free a lease": lambda: platform.objects.rm_file(f"gs://{project}-records/leases/candidate-01.json"),
        "write another candidate's folder": write(f"candidates/candidate-03/{OTHER}/secret"),
        "delete another candidate's folder": lambda: platform.objects.rm(
            f"gs://{project}-candidates/candidate-03/{OTHER}/secret"
        ),
        "append to the environment's forecasts": append(f"{own}.forecasts"),
        "append to serving": append(f"{own}.serving"),
        "append to raw sales": append(f"{project}.raw.sales"),
        "append to another candidate's forecasts": append(f"{project}.{OTHER.replace('-', '_')}.forecasts"),
        "retract the environment's forecasts": lambda: platform.warehouse.retract(f"{own}.forecasts", batch="any"),
        "register a version": lambda: models.register(
            "forecasting", key="forged", artifact=f"{place.artifacts}/model", labels={}
        ),
        "move the alias champion": lambda: models.move_alias("forecasting", "champion", to="1", expected=None),
        "put a schedule": lambda: schedules.put("forecasting", pinned, expected=None),
        "destroy another candidate's stack": lambda: platform.stacks.remove(OTHER),
        "bring a stack about": lambda: platform.stacks.up("forged", project, lambda: None),
    }


def makes(place: Deployment) -> Mapping[str, Callable[[], object]]:
    """Return attempts to put something else in the place of what it is measured by, in its own dataset."""
    dataset = place.dataset.rpartition(".")[2]
    own = f"projects/{place.project}/datasets/{dataset}/tables/forecasts"
    query = f"SELECT * FROM `{place.raw}.sales`"  # noqa: S608  as it is told
    view = {"view": {"query": query, "useLegacySql": False}}
    columns = {"schema": '[{"name": "batch", "type": "STRING", "mode": "REQUIRED"}]'}

    def given(table: str, **inputs: Any) -> Mapping[str, Any]:
        wanted = {"datasetId": dataset, "tableId": table, "deletionProtection": False, **inputs}
        return lifecycle.completed(Table(), wanted, place.project)

    def store() -> Store:
        return Store(Path(os.environ[PLATFORM_VARIABLE].removeprefix("twin:")))

    def create(table: str, **inputs: Any) -> Callable[[], object]:
        return lambda: lifecycle.create(store(), Table(), given(table, **inputs), by=place.runner)

    return {
        "make a table": create("another", **columns),
        "make a view": create("another", **view),
        "put a view in the place of its forecasts": create("forecasts", **view),
        "change its forecasts' columns": lambda: lifecycle.update(
            store(), Table(), own, given("forecasts", **columns), by=place.runner
        ),
        "drop its forecasts": lambda: lifecycle.delete(store(), Table(), own, by=place.runner),
    }


def decides(platform: Platform, place: Deployment) -> Mapping[str, Callable[[], object]]:
    """Return attempts to evaluate itself."""

    def git_provider() -> Any:
        return platform.git_provider(REMOTE, f"projects/{place.project}/secrets/github-factory")

    decision = ReviewDecision(
        approved=True, reviewer="grace@northwind.example", commit=COMMIT, report="sha256:0", reason="", at=datetime.now(UTC)
    )
    proposal = Proposal(head="feature/hostile", base="main", commit=COMMIT, title="t", body="", author="eve@northwind.example")
    said = {"body": "approved", "candidate": OTHER, "report": "sha256:0", "reviewers": ["eve@northwind.example"]}
    return {
        "decide its own pull request": lambda: git_provider().decide(1, decision),
        "merge its own pull request": lambda: git_provider().merge(1, commit=COMMIT),
        "open a pull request": lambda: git_provider().open(proposal),
        "present another report": lambda: git_provider().present(1, **said),
        "read the Git provider without a credential": lambda: platform.git_provider(REMOTE, "").branches(),
        "submit a build as the factory": lambda: platform.builds.submit(submission(place, factory(place)), print),
        "submit a build as itself": lambda: platform.builds.submit(submission(place, place.runner), print),
        "cancel a build": lambda: platform.builds.cancel(os.environ["GROUNDWORK_BUILD"]),
    }


def becomes(place: Deployment) -> Mapping[str, Callable[[], object]]:
    """Return attempts to be somebody else."""

    def person() -> None:
        with without("GROUNDWORK_IDENTITY"):
            groundwork.connect()

    def evaluate() -> None:
        platform, own = groundwork.connect(), os.environ["GROUNDWORK_BUILD"]
        os.environ["GROUNDWORK_BUILD"] = next(
            each.id for each in platform.builds.builds() if each.service_account == factory(place)
        )
        try:
            platform.runner.run(print, {}, run="forged", deployment=place.name, root=f"{place.artifacts}/runs/forged")
        finally:
            os.environ["GROUNDWORK_BUILD"] = own

    return {
        "pass a run off as another build's": evaluate,
        "act as the person": person,
        "act as the factory": lambda: groundwork.connect(identity=factory(place)),
        "act as another candidate": lambda: groundwork.connect(identity=f"candidate-03@{place.project}.iam.gserviceaccount.com"),
    }


def submission(place: Deployment, identity: str) -> Submission:
    """Return a build that would say DONE."""
    build = {
        "steps": [{"id": "x", "name": "python", "entrypoint": "echo", "args": ["DONE"]}],
        "options": {"logging": "CLOUD_LOGGING_ONLY"},
    }
    return Submission(
        key="forged", project=place.project, region=place.region, repository=REMOTE, branch="", commit="", build=build,
        substitutions={}, service_account=identity,
    )  # fmt: skip


def environments(place: Deployment) -> str:
    """Return the dataset of the environment's own deployment."""
    return f"{place.project}.forecasting"


def factory(place: Deployment) -> str:
    """Return the factory's identity."""
    return f"factory@{place.project}.iam.gserviceaccount.com"


@contextmanager
def without(variable: str) -> Iterator[None]:
    """Take a variable out of this process's environment for a while."""
    was = os.environ.pop(variable)
    try:
        yield
    finally:
        os.environ[variable] = was
