"""A promotion of plain steps that makes every kind of effect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from groundwork.factory.effects.lease import NoneFree
from groundwork.factory.machine import Done, PromotionLog, Rejected, Step, Wait
from groundwork.ports.fsspec_errors import port_errors
from groundwork.ports.git_provider import ReviewDecision
from tests.unit.factory.fakes import NOON
from tests.unit.factory.world import CANDIDATE, CANDIDATES, HERE, OWN, POOL, PROJECT, RECORDS, RUN, Harness, World

BODY = "better than before"
KEPT = f"{RECORDS}/candidates/{CANDIDATE}"


def steps(world: World) -> Sequence[Step]:
    return [
        Step("provision", provision),
        Step("execute", execute),
        Step("capture", capture),
        Step("report", lambda _: report(world)),
        Step("propose", lambda promotion_log: propose(world, promotion_log)),
        Step("review", lambda promotion_log: decision(world, promotion_log)),
        Step("release", release),
        Step("merge", lambda promotion_log: merge(world, promotion_log)),
    ]


def provision(promotion_log: PromotionLog) -> Done | Wait:
    leases = f"{RECORDS}/leases"
    try:
        lease = promotion_log.make("lease", "identity", temporary=True, folder=leases, rests=f"{RECORDS}/rests", identities=POOL,
                             candidate=CANDIDATE, cooldown_minutes=0)  # fmt: skip
    except NoneFree as none:
        return Wait(none.message)
    identity = lease["identity"]
    store = f"{CANDIDATES}/{identity.partition('@')[0]}"
    promotion_log.make("objects", "folder", temporary=True, prefix=store, clear=True)
    made = promotion_log.make("stack", "stack", temporary=True, stack=CANDIDATE, project=PROJECT, arguments={})
    return Done({"identity": identity, "folder": f"{store}/{CANDIDATE}", **made["outputs"]})


def execute(promotion_log: PromotionLog) -> Done | Rejected:
    built = promotion_log.make(
        "execution", "build", temporary=True, dataset=OWN, key=CANDIDATE, project=PROJECT, region="europe-west2", repository="https://f/r.git",
        branch="feature/x", commit="0123456789abcdef", build={"steps": []}, substitutions={},
        service_account=promotion_log.output("provision")["identity"],
    )  # fmt: skip
    return Done({"build": built["build"]}) if built["status"] == "SUCCESS" else Rejected(built["error"])


def capture(promotion_log: PromotionLog) -> Done | Wait:
    notebook = (
        f"{promotion_log.output('provision')['folder']}/executions/{promotion_log.output('execute')['build']}/notebook.ipynb"
    )
    promotion_log.make("objects", "records", prefix=KEPT)
    kept = promotion_log.make(
        "copies", "results", folder=KEPT, objects={"notebook.ipynb": {"url": notebook, "most": 1_000, "needed": True}},
        dataset=OWN, tables=("forecasts",), batch=RUN,
    )  # fmt: skip
    left = [text for key in ("stack", "folder") if not promotion_log.rolled_back(key) and (text := promotion_log.roll_back(key))]
    return Wait(left[0]) if left else Done(kept)


def report(world: World) -> Done:
    with port_errors(KEPT), world.objects.open(f"{KEPT}/report.html", "wb") as file:
        file.write(b"<html>")
    return Done({"digest": "sha256:1"})


def propose(world: World, promotion_log: PromotionLog) -> Done:
    made = promotion_log.make(
        "pull_request", "proposal", repository="https://f/r.git", secret="projects/p/secrets/s", head="feature/x",  # noqa: S106  a name
        base="release", commit="0123456789abcdef", title="Fit", body=BODY, author="ada@northwind.example", candidate=CANDIDATE,
        report="sha256:1", reviewers=["grace@northwind.example"],
    )  # fmt: skip
    promotion_log.once("asked", lambda: world.notifications.notify(title="asked", body=BODY))
    return Done(made)


def decision(world: World, promotion_log: PromotionLog) -> Done | Wait | Rejected:
    decisions = world.git_provider.decisions(promotion_log.output("propose")["number"])
    if not decisions:
        return Wait("nobody has evaluated it")
    given = decisions[-1]
    return Done({"by": given.reviewer}) if given.approved else Rejected(given.reason)


def release(promotion_log: PromotionLog) -> Done:
    model: dict[str, Any] = {"project": PROJECT, "model": "forecasting"}
    made = promotion_log.make("version", "version", **model, key=CANDIDATE, artifact=KEPT, labels={"run": RUN})
    copies = {
        "forecasts": {"url": f"{KEPT}/tables/forecasts.parquet", "digest": promotion_log.output("capture")["tables"]["forecasts"]}
    }
    promotion_log.make("batches", "forecasts", target=HERE, batch=RUN, copies=copies)
    promotion_log.make(
        "schedule", "schedule", project=PROJECT, name="forecasting", cron="0 5 * * 1", pipeline=f"{KEPT}/pipeline.yaml",
        digest="sha256:2", service_account="runner",
    )  # fmt: skip
    promotion_log.make("rows", "serving", table=f"{HERE}.serving", batch=CANDIDATE, rows=[{"version": made["version"]}])
    promotion_log.make("alias", "champion", **model, alias="champion", version=made["version"])
    return Done({})


def merge(world: World, promotion_log: PromotionLog) -> Done:
    return Done({"merged": world.git_provider.merge(promotion_log.output("propose")["number"], commit="0123456789abcdef")})


def refused_at_the_end(world: World) -> Sequence[Step]:
    """Everything is made, and then it cannot be merged."""
    return [*steps(world)[:-1], Step("merge", lambda _: Rejected("it cannot be merged"))]


def evaluate(*, approved: bool) -> Callable[[Harness, PromotionLog], None]:
    def person(harness: Harness, _: PromotionLog) -> None:
        for number, request in harness.world.git_provider.made.items():
            decided = ReviewDecision(
                approved=approved, reviewer="grace@northwind.example", commit=request.commit, report=request.report,
                reason="worse on promotions", at=NOON,
            )  # fmt: skip
            harness.world.git_provider.decide(number, decided)

    return person


def supersede(_: Harness, promotion_log: PromotionLog) -> None:
    promotion_log.end_early("superseded", "superseded by forecasting-ffffffffffff")
