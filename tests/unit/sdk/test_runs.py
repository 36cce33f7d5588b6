"""Runs of a pipeline: arguments, rows, report, and messages to the owners."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pytest
from fsspec.implementations.memory import MemoryFileSystem  # type: ignore[import-untyped]  # fsspec has no types

from groundwork.contract.variables import DEPLOYMENT_VARIABLE
from groundwork.sdk import runs
from groundwork.sdk.platform import Deployment, GroundworkError
from groundwork.sdk.report_blocks import Report, Text
from groundwork.sdk.runs import Run
from tests.unit.factory.fakes import NOON

LOG = [
    {"step": "retrieve", "level": "info", "event": "retrieved"},
    {"step": "store", "level": "error", "event": "visits: too few", "hint": "load more"},
    {"step": "store", "level": "info", "event": "stored", "summary": "Better than last week."},
]
UK = Deployment(
    name="uk", pipeline="daily_rate", project="p", region="r", dataset="p.uk", raw="p.raw", artifacts="gs://p-uk", runner="r",
    topic="t", owners=("ada@northwind.example", "bob@northwind.example"), holdout_weeks=2,
)  # fmt: skip


@dataclass
class Platform:
    """What `groundwork.sdk.runs` uses of a platform, and what it did with it."""

    error: str = ""
    """Of every run; empty: they succeed."""
    delivers: bool = True
    rows: pd.DataFrame = field(default_factory=pd.DataFrame)
    ran: list[tuple[Mapping[str, Any], str, str]] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)
    objects: Any = field(default_factory=MemoryFileSystem)

    @property
    def runner(self) -> Platform:
        return self

    @property
    def warehouse(self) -> Platform:
        return self

    @property
    def notifications(self) -> Platform:
        return self

    def run(self, pipeline: Callable[..., Any], arguments: Mapping[str, Any], *, run: str, deployment: str, root: str) -> Run:
        self.ran.append((arguments, deployment, root))
        status = "failed" if self.error else "succeeded"
        return Run(id=run, pipeline="daily_rate", deployment=deployment, build=None, status=status, started=NOON, ended=NOON,
                   steps=(), artifacts={}, error=self.error)  # fmt: skip

    def log(self, run: str) -> list[Mapping[str, Any]]:
        return list(LOG)

    def query(self, sql: str, *, tables: Mapping[str, str], parameters: Mapping[str, Any]) -> pd.DataFrame:
        self.ran.append(({**tables, **parameters}, "", ""))
        return self.rows

    def add(self, servers: str, /) -> bool:
        self.urls.append(servers)
        return True

    def notify(self, *, title: str, body: str) -> bool:
        self.sent.append((title, body))
        return self.delivers


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Platform:
    made = Platform()
    monkeypatch.setattr(runs, "connect", lambda: made)
    monkeypatch.setenv(DEPLOYMENT_VARIABLE, UK.model_dump_json())
    return made


def pipeline() -> None:
    """Stand for a pipeline."""


def test_a_run_gets_its_name_its_deployment_and_the_pipelines_own_arguments(platform: Platform) -> None:
    run = runs.start_run(pipeline, parameters={"days": 7})
    arguments = {"run": run.id, "deployment": UK.model_dump(mode="json"), "parameters": {"days": 7}}
    assert run.id.startswith("daily_rate-")
    assert platform.ran == [(arguments, "uk", f"gs://p-uk/runs/{run.id}")]


def test_a_run_that_fails_is_an_error_that_names_its_log(platform: Platform) -> None:
    platform.error = "store: no visits"
    with pytest.raises(GroundworkError, match=r"failed: store: no visits \(run-failed\)\nhint: read its log: groundwork logs"):
        runs.start_run(pipeline)


def test_stored_rows_come_in_the_order_of_their_columns(platform: Platform) -> None:
    platform.rows = pd.DataFrame({"day": ["b", "a", "a"], "rate": [1.0, 3.0, 2.0]})
    run = runs.start_run(pipeline)
    rows = runs.read_stored(run, "rates")
    assert rows.to_dict("list") == {"day": ["a", "a", "b"], "rate": [2.0, 3.0, 1.0]}
    assert platform.ran[-1][0] == {"stored": "p.uk.rates", "run": run.id}


def test_a_report_is_kept_where_the_factory_looks_for_it(platform: Platform) -> None:
    report = Report(blocks=(Text(title="Rates", text="All in order."),))
    platform.objects.mkdir("/p-uk/runs/run-1")
    address = runs.keep_report(UK.model_copy(update={"artifacts": "memory://p-uk"}), "run-1", report)
    assert address == "memory://p-uk/runs/run-1/report.json"
    assert Report.model_validate_json(platform.objects.cat(address)) == report


def test_each_owner_is_notified_once(platform: Platform) -> None:
    runs.notify_owners(UK, "run-1", succeeded=True)
    assert platform.urls == ["mailto://ada@northwind.example", "mailto://bob@northwind.example"]
    assert platform.sent == [
        ("uk: daily_rate succeeded", "Run run-1 succeeded.\nBetter than last week.\nLog: groundwork logs run-1")
    ]


def test_owners_who_cannot_be_notified_are_an_error(platform: Platform) -> None:
    platform.delivers = False
    with pytest.raises(GroundworkError) as refusal:
        runs.notify_owners(UK, "run-1", succeeded=True)
    assert str(refusal.value) == (
        "not all of ada@northwind.example, bob@northwind.example could be notified (notification-failed)\n"
        "hint: correct the owners' addresses in the environment file"
    )


def test_a_deployment_without_owners_notifies_no_owner(platform: Platform) -> None:
    runs.notify_owners(UK.model_copy(update={"owners": ()}), "run-1", succeeded=True)
    assert platform.sent == []


def test_a_failure_has_the_first_error_and_its_hint() -> None:
    assert runs.run_message(UK, "run-1", succeeded=False, log=LOG) == (
        "uk: daily_rate failed",
        "Run run-1 failed.\nstore: visits: too few\nhint: load more\nLog: groundwork logs run-1",
    )


def test_a_step_that_died_silently_is_described_by_the_runner() -> None:
    died = {"step": "store", "level": "error", "event": "step failed", "error": "exit code -9"}
    _, body = runs.run_message(UK, "run-1", succeeded=False, log=[died])
    assert "store: exit code -9\nhint: read the log" in body
