"""The factory's own steps from push to end, over ports in memory: each attempt is a process that knows nothing of others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import Any

import pandas as pd
import pytest

from groundwork.contract.deployment import Deployment
from groundwork.contract.factory_settings import Chain, Settings, Thresholds
from groundwork.contract.ledger_records import Ended, parsed
from groundwork.errors import GroundworkError
from groundwork.factory import ledger, promotions
from groundwork.factory.__main__ import parser, run
from groundwork.factory.child_process import BROKE, KILLED, REFUSED
from groundwork.factory.promotion_log import PromotionLog
from groundwork.factory.promotions import Promotions
from groundwork.factory.reconcile import Reconciliation
from groundwork.factory.status import promotion_statuses
from groundwork.factory.steps import capture as capture_step
from groundwork.factory.steps import gate as gate_step
from groundwork.factory.steps import release as release_step
from groundwork.ports.git_provider import Proposal, ReviewDecision
from groundwork.ports.models import CHAMPION, Version
from groundwork.sdk.evaluation import Case, Evaluation, Metric
from tests.unit.factory.clock import Killed
from tests.unit.factory.fakes import NOON, NOTEBOOK
from tests.unit.factory.world import CANDIDATES, HERE, LEDGER, POOL, PROJECT, RECORDS, World

COMMIT, LATER = "0123456789abcdef" + "0" * 24, "fedcba9876543210" + "0" * 24
GRACE = "grace@northwind.example"


class Factory(World):
    """The world of `world.py`, with what the factory's own steps look at."""

    def __init__(self) -> None:
        super().__init__()
        self.warehouse.declare(f"{HERE}.serving", "sequence", "candidate", "run", "version", "since")
        self.error = "0.1"
        """Of whatever a candidate forecasts."""
        self.notebook = NOTEBOOK

    def forecasts(self) -> pd.DataFrame:
        return pd.DataFrame({"value": [self.error]})


def evaluate(_: str, case: Case) -> Evaluation:
    """Find what a pipeline's evaluation would, from what was copied: these candidates store their error."""
    rows = case.candidate.table("forecasts")
    metric = Metric(
        name="wape", title="WAPE", better="lower", share=True, candidate=float(rows["value"].iloc[0]), baseline=0.2,
        champion=0.1 if case.champion else None,
    )  # fmt: skip
    return Evaluation(metrics=(metric,), baseline_name="last week", problems=(), blocks=())


def settings(*here: str) -> Settings:
    """Return what the factory is told of the environment with these branches."""
    deployment = Deployment(
        name="forecasting", pipeline="forecasting", project=PROJECT, region="europe-west2", dataset=HERE, raw=f"{PROJECT}.raw",
        artifacts=f"gs://{PROJECT}-forecasting-artifacts", runner=f"forecasting-runner@{PROJECT}.iam.gserviceaccount.com",
        topic=f"projects/{PROJECT}/topics/notifications", owners=("owners@northwind.example",), holdout_weeks=12,
    )  # fmt: skip
    return Settings(
        environment="dev", labels={}, repository="https://github.com/northwind/forecasting.git",
        git_provider_secret=f"projects/{PROJECT}/secrets/github-factory",
        chain=Chain(branches=("feature/*", "release", "main"), own_branches=here),
        reviewers=(GRACE, "alan@northwind.example"),
        next_reviewers=() if "main" in here else (GRACE, "alan@northwind.example"),
        remind_days=3, expire_days=14, deployment=deployment,
        training_views=f"{PROJECT}.training_views", candidates=CANDIDATES, records=RECORDS, ledger=LEDGER,
        identities=tuple(POOL), cooldown_minutes=0,
        identity=f"factory@{PROJECT}",
        image="images/groundwork:1", images="images",
        gate={"wape": Thresholds(at_most=0.15, ratio_to_champion=1.1)}, schedule="0 5 * * 1",
    )  # fmt: skip


@dataclass
class Story:
    """What people do, and the factory's processes that it takes to the end of it."""

    settings: Settings
    world: Factory
    moves: Sequence[Callable[[Story], None]]
    """The pushes, in order: each is made once, and the process that it starts may be killed."""
    approved: bool | None
    """What a reviewer says to every pull request; None: nothing."""
    said: list[str] = field(default_factory=list)
    outlives: bool = False
    """Whether a build goes on when its child process is killed, as the kernel kills one that takes all memory."""
    _names: count[int] = field(default_factory=count)

    def factory(self) -> Promotions:
        """Return what the process of a new build of the factory's is."""
        return self._process(f"build-{next(self._names)}")

    def reconcile(self) -> list[str]:
        """Have the clock start a build; return its complaints."""
        return Reconciliation(self.factory()).run()

    def _process(self, build: str) -> Promotions:
        def child_process(*words: str) -> int:
            try:
                return run(self._process(build), parser().parse_args(words))
            except GroundworkError as error:
                self.said.append(f"error: {error}")
                return REFUSED
            except Exception as error:  # noqa: BLE001  as the entry does
                self.said.append(repr(error))
                return BROKE
            except Killed:
                if not self.outlives:
                    raise
                return KILLED

        return Promotions(
            settings=self.settings,
            platform=self.world.platform,
            program=lambda _: lambda: None,
            build=build,
            say=self.said.append,
            child_process=child_process,
        )

    def attempt(self, move: Callable[[Story], Any]) -> None:
        """Let one process go as far as it comes."""
        try:
            move(self)
        except (Killed, GroundworkError) as error:
            self.said.append(repr(error))

    def to_the_end(self, reconciliations: int = 8) -> dict[str, tuple[str, tuple[str, ...]]]:
        """Push, then reconciliation and decide until nothing moves any more; return each candidate's state and what is stuck."""
        for move in self.moves:
            self.attempt(move)
        for reconcile in range(reconciliations):
            self.decide(older=reconcile > reconciliations // 2)
            self.attempt(Story.reconcile)
            if self.over():
                break
        return self.ends()

    def decide(self, *, older: bool = False) -> None:
        """Be the reviewer, who looks at what is older than its branch only after a while."""
        for number, request in self.world.git_provider.made.items():
            newest = self.world.git_provider.heads.get(request.head) == request.commit
            if self.approved is None or request.state != "open" or not request.candidate or not (newest or older):
                continue
            reason = "fit for the shops" if self.approved else "worse on promotions"
            given = ReviewDecision(
                approved=self.approved, reviewer=GRACE, commit=request.commit, report=request.report, reason=reason, at=NOON
            )
            self.world.git_provider.decide(number, given)

    def over(self) -> bool:
        """Return whether everything that was begun has ended, and is marked as under way no longer."""
        last: dict[str, bytes] = {}
        for name in sorted(name for name in self.world.objects.stored if name.startswith(f"{LEDGER[5:]}/promotions/")):
            last[name.rpartition("/")[0]] = self.world.objects.stored[name]
        marked = any(name.startswith(f"{RECORDS[5:]}/open/") for name in self.world.objects.stored)
        return bool(last) and not marked and all(isinstance(parsed(record), Ended) for record in last.values())

    def ends(self) -> dict[str, tuple[str, tuple[str, ...]]]:
        """Return each candidate's state, and what is stuck."""
        return {id_: (each.state, each.leftovers) for id_, each in self._statuses().items()}

    def _statuses(self) -> dict[str, Any]:
        clock, self.world.clock.kill_at = self.world.clock.kill_at, None
        denied, self.world.clock.denied = self.world.clock.denied, None
        down, self.world.clock.down = self.world.clock.down, None
        calls = list(self.world.clock.calls)
        try:
            ids = ledger.candidates(self.world.ledger, LEDGER)
            found = {each.id: each for each in promotion_statuses(self.world.ledger, LEDGER, ids)}
        finally:
            self.world.clock.kill_at, self.world.clock.denied, self.world.clock.down = clock, denied, down
            self.world.clock.calls[:] = calls  # looking at it is none of the factory's moments
        return found


def push(branch: str, commit: str, *, into: str | None = None) -> Callable[[Story], None]:
    """Return the push of a commit to a branch, and the process that it starts."""

    def move(story: Story) -> None:
        story.world.git_provider.heads[branch] = commit
        story.factory().push(branch, commit, into=into)

    return move


def in_development(*moves: Callable[[Story], None], approved: bool | None) -> Story:
    """Return a story of the first environment: what goes to `release` is merged, and no more."""
    world = Factory()
    world.git_provider.heads.update({"main": "a" * 40, "release": "b" * 40})
    world.git_provider.plain = {"a" * 40, "b" * 40}
    return Story(settings("feature/*", "release"), world, moves, approved)


def at_its_last_branch(*, approved: bool) -> Story:
    """Return a story of the first environment's last branch: it releases into the environment, and merges."""
    story = in_development(push("release", COMMIT), approved=approved)
    serve(story.world)
    return story


def not_merged() -> Story:
    """Return a story in which everything is made and released, and then cannot be merged."""
    story = at_its_last_branch(approved=True)
    story.world.git_provider.conflicts = True
    return story


def in_production() -> Story:
    """Return a story of a merge that a person has approved: nobody is asked again."""
    world = Factory()
    serve(world)
    proposal = Proposal(head="release", base="main", commit="c" * 40, title="Fit", body="", author="ada@northwind.example")
    request = world.git_provider.open(proposal)
    world.git_provider.present(
        request.number, body="", candidate="forecasting-cccccccccccc", report="sha256:1", reviewers=[GRACE]
    )
    given = ReviewDecision(approved=True, reviewer=GRACE, commit="c" * 40, report="sha256:1", reason="good", at=NOON)
    world.git_provider.decide(request.number, given)
    world.git_provider.made[request.number] = replace(
        world.git_provider.made[request.number], state="merged", merge_commit=COMMIT, closed=NOON
    )
    world.git_provider.heads["main"] = COMMIT
    world.clock.calls.clear()
    return Story(settings("main"), world, [push("main", COMMIT)], None)


def of_a_person() -> Story:
    """Return a story of a pull request to the last branch that a person opened, and that is rejected."""

    def opened(story: Story) -> None:
        story.world.git_provider.heads["hotfix/x"] = COMMIT
        story.factory().push("hotfix/x", COMMIT, into="main")

    story = in_development(opened, approved=False)
    proposal = Proposal(head="hotfix/x", base="main", commit=COMMIT, title="Hot", body="mine", author="ada@northwind.example")
    story.world.git_provider.open(proposal)
    story.world.clock.calls.clear()
    return story


def serve(world: Factory) -> None:
    """Have a champion, whose forecasts are there."""
    world.models.made = [
        Version(
            model="forecasting",
            version="1",
            key="forecasting-old",
            artifact="gs://old",
            labels={"run": "old"},
            aliases=(CHAMPION,),
        )
    ]
    row = {"sequence": 1, "candidate": "forecasting-old", "run": "old", "version": "1", "since": "then"}
    world.warehouse.stored[f"{HERE}.serving"]["forecasting-old"] = pd.DataFrame([row])
    world.warehouse.stored[f"{HERE}.forecasts"]["old"] = pd.DataFrame({"value": ["1.0"]})


def without_waits(patch: pytest.MonkeyPatch) -> None:
    """Replace the wait between attempts."""
    patch.setattr(promotions, "PromotionLog", partial(PromotionLog, sleep=lambda _: None))


def in_memory(patch: pytest.MonkeyPatch) -> None:
    """Replace time and the pipeline's evaluation."""
    without_waits(patch)
    patch.setattr(release_step, "now", lambda: "now")
    patch.setattr(gate_step, "evaluation_for", evaluate)
    patch.setattr(capture_step, "evaluated", lambda _: ("forecasts",))
