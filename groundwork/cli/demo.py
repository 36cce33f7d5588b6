"""The whole path on this machine: an environment, real data, a push, and stored forecasts."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundwork.adapters.connect import connect
from groundwork.cli import by_hand
from groundwork.cli.demo_checkout import NOTEBOOK, change_horizon, clone
from groundwork.cli.output import say, show, table
from groundwork.errors import GroundworkError
from groundwork.twin import environment

if TYPE_CHECKING:
    from groundwork.ports.builds import Build
    from groundwork.ports.platform import Platform

STACK = "dev"
BRANCH = "feature/first-forecast"
SAMPLE = "pipelines/forecasting/sample/walmart_sales_weekly.csv"


def demo() -> None:
    """Show the whole path on the twin: `pulumi up`, real sales, a changed notebook, a push, forecasts."""
    started = time.monotonic()
    checkout = environment.checkout()
    root = environment.folder()
    known = (root / "twin.sqlite").is_file()
    with _chapter(1, "An environment: the real `pulumi up` of `dev`, on the twin"):
        say(f"   the twin {'was there already' if known else 'is new'}: {root}")
        repository = by_hand.prepare(root, checkout)[0]
        outputs = _up(root, checkout)
    platform = connect(f"twin:{root}")
    with _chapter(2, "Real weekly sales, into the raw bucket and the warehouse"):
        _load(platform, checkout / SAMPLE, outputs)
    with _chapter(3, f"A changed notebook, pushed to `{BRANCH}`; what follows is `git push`"):
        build = _push(root, platform, repository)
    say("\n4. What came of it")
    _tell(platform, build, checkout)
    say(f"\nDone in {time.monotonic() - started:.0f} s. Next, try:")
    for command in (
        f"{_groundwork(checkout)} runs",
        f"{_groundwork(checkout)} try {_typed(_clone_of(root, repository) / NOTEBOOK, checkout)}",
        f'eval "$({_groundwork(checkout)} twin env)" && pulumi preview --stack dev --expect-no-changes',
    ):
        say(f"   {command}")


@contextmanager
def _chapter(number: int, title: str) -> Iterator[None]:
    say(f"\n{number}. {title}")
    started = time.monotonic()
    yield
    say(f"   ({time.monotonic() - started:.1f} s)")


def _up(root: Path, checkout: Path) -> dict[str, Any]:
    from groundwork.engine import Stack  # noqa: PLC0415  the Automation API takes its time to load

    def progress(done: int) -> None:
        if done % 10 == 0:
            say(f"   … {done} resources")

    stack = Stack(STACK, checkout, environment.environment(root), root)
    summary = stack.up(progress)
    made, same = summary.changes.get("create", 0), summary.changes.get("same", 0)
    other = {kind: count for kind, count in summary.changes.items() if kind not in {"create", "same"}}
    say(f"   resources: {made} made, {same} there already{''.join(f', {count} {kind}' for kind, count in other.items())}")
    return stack.outputs()


def _load(platform: Platform, sample: Path, outputs: dict[str, Any]) -> None:
    from groundwork.loading.load import load  # noqa: PLC0415  pandas takes its time to load

    loaded = load(platform, sample, table=f"{outputs['raw_dataset']}.sales", bucket=outputs["raw_bucket"])
    say(f"   {sample.name}: {loaded.rows} rows {'were there already' if loaded.already else 'loaded'}")


def _push(root: Path, platform: Platform, repository: Path) -> Build:
    """Change the notebook's horizon in a clone, push it, and return the build that the push started."""
    work = clone(repository, _clone_of(root, repository))
    before, after = change_horizon(work, BRANCH)
    say(f"   the horizon in the notebook's parameters: {before} -> {after} weeks")
    known = {build.id for build in platform.builds.builds()}
    pushed = subprocess.run(["git", "push", "twin", BRANCH], cwd=work, check=False, stdout=sys.stderr)
    new = [build for build in platform.builds.builds() if build.id not in known]
    if pushed.returncode or not new:
        raise GroundworkError("push-built-nothing", "the push started no build", "read what `git push` said above")
    if new[0].status != "SUCCESS":
        raise GroundworkError(
            "build-failed", f"build {new[0].id}: {new[0].status} {new[0].error}", f"read `groundwork logs {new[0].id}`"
        )
    return new[0]


def _tell(platform: Platform, build: Build, checkout: Path) -> None:
    run = next(run for run in platform.runner.runs() if run.build == build.id)
    show(f"\nbuild {build.id} of {build.branch}@{build.commit[:8]}, as {build.service_account}")
    show(_times((step.id, step.status, step.seconds) for step in build.steps))
    show(f"\nrun {run.id}")
    show(_times((step.name, step.status, step.seconds) for step in run.steps))
    show("\nforecasts, read back from the warehouse by another process (the first rows):")
    show(
        _query(checkout, run.id, "SELECT * EXCEPT (step, batch) FROM forecasts WHERE batch = @run ORDER BY series, week LIMIT 5")
    )
    show("\nerror on the weeks that were held out, beside seasonal naive:")
    measured = "SELECT series, model, weeks, wape, naive_wape FROM accuracy WHERE batch = @run ORDER BY series = 'all', series"
    show(_query(checkout, run.id, measured))
    (overall,) = [row for row in json.loads(_query(checkout, run.id, measured, "--json")) if row["series"] == "all"]
    show(_judgement(overall["wape"], overall["naive_wape"], overall["weeks"]))
    show("\nwhere things lie:")
    show(f"   executed notebook: {_executed(platform, build)}")
    show(f"   forecasts and accuracy: rows with `batch = '{run.id}'` in the tables of those names")
    for name, where in run.artifacts.items():
        show(f"   {name}: {where}")


def _times(steps: Iterable[tuple[str, str, float]]) -> str:
    rows = [{"step": name, "status": status, "seconds": f"{seconds:.1f}"} for name, status, seconds in steps]
    return table(rows, ["step", "status", "seconds"])


def _judgement(wape: float, naive: float, weeks: int) -> str:
    word = "better than" if wape < naive else "WORSE than" if wape > naive else "no better than"
    return f"over all series and {weeks} weeks the error is {wape:.1%} of sales: {word} seasonal naive's {naive:.1%}"


def _executed(platform: Platform, build: Build) -> str:
    (where,) = [f"gs://{path}" for path in platform.objects.glob(f"gs://*/executions/{build.id}/notebook.ipynb")]
    return where


def _query(checkout: Path, run: str, sql: str, *options: str) -> str:
    """Ask the warehouse from a fresh process, so that nothing shown was remembered."""
    command = [sys.executable, "-P", "-m", "groundwork", "query", sql, "--parameter", f"run={run}", *options]
    return subprocess.run(
        command, cwd=checkout, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ).stdout.rstrip()


def _clone_of(root: Path, repository: Path) -> Path:
    return root.parent / "demo" / repository.stem


def _groundwork(checkout: Path) -> str:
    return _typed(Path(sys.executable).with_name("groundwork"), checkout)


def _typed(path: Path, checkout: Path) -> str:
    """Return a path as it is typed where the demo was started."""
    return str(path.relative_to(checkout)) if path.is_relative_to(checkout) else str(path)
