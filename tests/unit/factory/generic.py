"""A promotion of plain steps that makes every kind of effect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from groundwork.factory.effects.lease import NoneFree
from groundwork.factory.machine import Done, Journal, Rejected, Step, Wait
from groundwork.ports.forge import Verdict
from groundwork.ports.fsspec_errors import at_the_edge
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
        Step("propose", lambda journal: propose(world, journal)),
        Step("verdict", lambda journal: verdict(world, journal)),
        Step("release", release),
        Step("merge", lambda journal: merge(world, journal)),
    ]


def provision(journal: Journal) -> Done | Wait:
    leases = f"{RECORDS}/leases"
    try:
        lease = journal.make("lease", "identity", temporary=True, folder=leases, rests=f"{RECORDS}/rests", identities=POOL,
                             candidate=CANDIDATE, rest_minutes=0)  # fmt: skip
    except NoneFree as none:
        return Wait(none.message)
    identity = lease["identity"]
    home = f"{CANDIDATES}/{identity.partition('@')[0]}"
    journal.make("objects", "folder", temporary=True, prefix=home, clear=True)
    made = journal.make("stack", "stack", temporary=True, stack=CANDIDATE, project=PROJECT, arguments={})
    return Done({"identity": identity, "folder": f"{home}/{CANDIDATE}", **made["outputs"]})


def execute(journal: Journal) -> Done | Rejected:
    built = journal.make(
        "execution", "build", temporary=True, key=CANDIDATE, project=PROJECT, region="europe-west2", repository="https://f/r.git",
        branch="feature/x", commit="0123456789abcdef", build={"steps": []}, substitutions={},
        service_account=journal.output("provision")["identity"],
    )  # fmt: skip
    return Done({"build": built["build"]}) if built["status"] == "SUCCESS" else Rejected(built["error"])


def capture(journal: Journal) -> Done | Wait:
    notebook = f"{journal.output('provision')['folder']}/executions/{journal.output('execute')['build']}/notebook.ipynb"
    journal.make("objects", "records", prefix=KEPT)
    kept = journal.make(
        "copies", "results", folder=KEPT, objects={"notebook.ipynb": {"url": notebook, "most": 1_000, "needed": True}},
        dataset=OWN, tables=("forecasts",), batch=RUN,
    )  # fmt: skip
    left = [told for key in ("stack", "folder") if not journal.unmade(key) and (told := journal.unmake(key))]
    return Wait(left[0]) if left else Done(kept)


def report(world: World) -> Done:
    with at_the_edge(KEPT), world.objects.open(f"{KEPT}/report.html", "wb") as file:
        file.write(b"<html>")
    return Done({"digest": "sha256:1"})


def propose(world: World, journal: Journal) -> Done:
    made = journal.make(
        "pull_request", "proposal", repository="https://f/r.git", secret="projects/p/secrets/s", head="feature/x",  # noqa: S106  a name
        base="release", commit="0123456789abcdef", title="Fit", body=BODY, author="ada@northwind.example", candidate=CANDIDATE,
        report="sha256:1", reviewers=["grace@northwind.example"],
    )  # fmt: skip
    journal.once("asked", lambda: world.notifications.notify(title="asked", body=BODY))
    return Done(made)


def verdict(world: World, journal: Journal) -> Done | Wait | Rejected:
    verdicts = world.forge.verdicts(journal.output("propose")["number"])
    if not verdicts:
        return Wait("nobody has judged it")
    given = verdicts[-1]
    return Done({"by": given.reviewer}) if given.approved else Rejected(given.because)


def release(journal: Journal) -> Done:
    model: dict[str, Any] = {"project": PROJECT, "model": "forecasting"}
    made = journal.make("version", "version", **model, key=CANDIDATE, artifact=KEPT, labels={"run": RUN})
    copies = {
        "forecasts": {"url": f"{KEPT}/tables/forecasts.parquet", "digest": journal.output("capture")["tables"]["forecasts"]}
    }
    journal.make("batches", "forecasts", target=HERE, batch=RUN, copies=copies)
    journal.make(
        "schedule", "schedule", project=PROJECT, name="forecasting", cron="0 5 * * 1", pipeline=f"{KEPT}/pipeline.yaml",
        digest="sha256:2", service_account="runner",
    )  # fmt: skip
    journal.make("rows", "serving", table=f"{HERE}.serving", batch=CANDIDATE, rows=[{"version": made["version"]}])
    journal.make("alias", "champion", **model, alias="champion", version=made["version"])
    return Done({})


def merge(world: World, journal: Journal) -> Done:
    return Done({"merged": world.forge.merge(journal.output("propose")["number"], commit="0123456789abcdef")})


def refused_at_the_end(world: World) -> Sequence[Step]:
    """Everything is made, and then it cannot be merged."""
    return [*steps(world)[:-1], Step("merge", lambda _: Rejected("it cannot be merged"))]


def judge(*, approved: bool) -> Callable[[Harness, Journal], None]:
    def person(harness: Harness, _: Journal) -> None:
        for number, request in harness.world.forge.made.items():
            decided = Verdict(
                approved=approved, reviewer="grace@northwind.example", commit=request.commit, report=request.report,
                because="worse on promotions", at=NOON,
            )  # fmt: skip
            harness.world.forge.decide(number, decided)

    return person


def supersede(_: Harness, journal: Journal) -> None:
    journal.end_early("superseded", "superseded by forecasting-ffffffffffff")
