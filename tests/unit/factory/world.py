"""A cloud in memory in which every call may be the last, and promotions through it in as many processes as it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pandas as pd

from groundwork.contract.candidate import Candidate
from groundwork.errors import GroundworkError
from groundwork.factory.artifacts import digest
from groundwork.factory.effects import effects
from groundwork.factory.ledger import Ledger
from groundwork.factory.machine import Outcome, PromotionLog, Step, advance
from groundwork.ports.builds import Submission
from groundwork.ports.platform import Platform
from groundwork.ports.runner import Run
from tests.unit.factory.clock import Killed, ScheduledTopic
from tests.unit.factory.fakes import (
    NOON,
    Builds,
    GitProvider,
    Models,
    Notifications,
    Objects,
    Runner,
    Schedules,
    Stacks,
    Warehouse,
)

PROJECT = "northwind-ml-dev"
CANDIDATE = "forecasting-0123456789ab"
LEDGER = f"gs://{PROJECT}-ledger"
RECORDS = f"gs://{PROJECT}-records"
CANDIDATES = f"gs://{PROJECT}-candidates"
HERE = f"{PROJECT}.forecasting"
OWN = f"{PROJECT}.{CANDIDATE.replace('-', '_')}"
POOL = [f"candidate-0{number}@{PROJECT}.iam.gserviceaccount.com" for number in (1, 2)]
PIPELINE = b"what pipeline.py compiles to"
RUN = "forecasting-20261123-120000-abcdef"


class World:
    """Every port, the clock that they reconciliation on, and what is seen of the world from outside."""

    def __init__(self) -> None:
        self.clock = ScheduledTopic()
        self.objects = Objects(self.clock)
        self.ledger: Any = self.objects
        """Where the ledger is kept: a test may take a real one."""
        self.warehouse = Warehouse(self.clock)
        self.runner = Runner(self.clock)
        self.builds = Builds(self.clock, self._candidate_build)
        self.models = Models(self.clock)
        self.schedules = Schedules(self.clock)
        self.git_provider = GitProvider(self.clock)
        self.stacks = Stacks(self.clock, self._resources)
        self.notifications = Notifications(self.clock)
        self.notebook = b"notebook.ipynb"
        """What a candidate's build keeps as the executed one."""
        self.warehouse.declare(f"{HERE}.forecasts", "value")
        self.warehouse.declare(f"{HERE}.serving", "version")

    @property
    def platform(self) -> Platform:
        parts: Mapping[str, Any] = {
            "warehouse": self.warehouse,
            "runner": self.runner,
            "builds": self.builds,
            "models": lambda _: self.models,
            "schedules": lambda _: self.schedules,
            "git_provider": lambda _, __: self.git_provider,
            "secret": "what {} holds".format,
            "stacks": self.stacks,
            "objects": self.objects,
            "notifications": self.notifications,
        }
        return Platform(**parts)

    @property
    def live(self) -> Mapping[str, object]:
        """What is there; without the ledger, the cache of branches, logs, and the history of builds and pull requests."""
        beside = (LEDGER[5:], f"{RECORDS[5:]}/looked/")
        return {
            "objects": {name: content for name, content in self.objects.stored.items() if not name.startswith(beside)},
            "tables": {
                name: {batch: rows.to_dict("records") for batch, rows in batches.items()}
                for name, batches in self.warehouse.stored.items()
            },
            "models": self.models.made,
            "schedules": self.schedules.made,
            "stacks": self.stacks.made,
            "open": [(each.head, each.body, each.candidate) for each in self.git_provider.made.values() if each.state == "open"],
            "merged": [each.merge_commit for each in self.git_provider.made.values() if each.state == "merged"],
            "building": [build.id for build in self.builds.made if build.finished is None],
        }

    def forecasts(self) -> pd.DataFrame:
        """Return what a candidate's run stores."""
        return pd.DataFrame({"value": ["1.5", "2.5"]})

    def _resources(self, stack: str, there: bool) -> Mapping[str, Any]:  # noqa: FBT001  as `Stacks` calls it
        dataset = f"{PROJECT}.{stack.replace('-', '_')}"
        if not there:
            self.warehouse.drop(dataset)
        elif f"{dataset}.forecasts" not in self.warehouse.stored:
            self.warehouse.declare(f"{dataset}.forecasts", "value")
        return {"deployment": {"dataset": dataset}}

    def _candidate_build(self, submission: Submission, build: str) -> None:
        candidate = submission.key.removesuffix("-checks")
        folder = f"{CANDIDATES[5:]}/{submission.service_account.partition('@')[0]}/{candidate}/executions/{build}"
        if submission.key != candidate:
            self.objects.stored[f"{folder}/pipeline.yaml"] = PIPELINE
            return
        self.objects.stored[f"{folder}/notebook.ipynb"] = self.notebook
        self.warehouse.stored[f"{PROJECT}.{candidate.replace('-', '_')}.forecasts"][run_of(candidate)] = self.forecasts()
        self.runner.made = [
            Run(
                id=run_of(candidate), pipeline="forecasting", deployment=candidate, build=build, status="succeeded", started=NOON,
                ended=NOON, steps=(), artifacts={}, error="", compiled=digest(PIPELINE),
            )
        ]  # fmt: skip


def run_of(candidate: str) -> str:
    """Return what the run of a candidate's build is called: no two have one name."""
    return RUN if candidate == CANDIDATE else f"{RUN}-{candidate[-12:]}"


def candidate(id_: str) -> Candidate:
    """Return a candidate from a data scientist's branch."""
    return Candidate(
        id=id_, deployment="forecasting", branch="feature/x", target="release", commit="0123456789abcdef",
        author="ada@northwind.example", subject="Fit", parent="", base="b" * 40,
    )  # fmt: skip


@dataclass
class Harness:
    """One promotion; each attempt is a process that the one before knows nothing of."""

    steps: Callable[[World], Sequence[Step]]
    person: Callable[[Harness, PromotionLog], None] = lambda _, __: None
    """Called whenever the promotion waits: gives review decisions, supersedes."""
    world: World = field(default_factory=World)
    candidate: str = CANDIDATE
    _names: count[int] = field(default_factory=count)

    def promotion_log(self) -> PromotionLog:
        """Return what a new process sees; those before are dead."""
        ledger = Ledger(self.world.ledger, LEDGER, self.candidate)
        return PromotionLog(
            ledger,
            effects(self.world.platform, lambda _: lambda: None),
            f"build-{next(self._names)}",
            lambda _: False,
            sleep=lambda _: None,
        )

    def attempt(self) -> Outcome | None:
        """Go as far as one process comes; None for one that did not come to its end."""
        try:
            promotion_log = self.promotion_log()
            promotion_log.start(candidate(self.candidate))
            outcome = advance(promotion_log, self.steps(self.world))
            if outcome.ending == "waiting":
                self.person(self, self.promotion_log())
        except (Killed, GroundworkError):
            return None
        return outcome

    def to_the_end(self, attempts: int = 8) -> Outcome:
        """Reconciliation until all is over; an outcome with something left is over for now."""
        for _ in range(attempts):
            outcome = self.attempt()
            if outcome is not None and outcome.ending != "waiting":
                return outcome
        raise AssertionError(f"no end after {attempts} attempts: {outcome}")
