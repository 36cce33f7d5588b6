"""The whole lifecycle on this machine: from an empty twin to production, with a rejection, an approval and a rollback."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from groundwork.cli.demo.checkout import change_notebook, clone
from groundwork.cli.demo.parts import WAITS, Stage, chapter, stage
from groundwork.cli.demo.stoppable import again, stoppable
from groundwork.cli.output import say, show, table
from groundwork.errors import GroundworkError

WORSE, BETTER, RELEASE = "feature/fewer-models", "feature/another-horizon", "release"
FEWER = 'models = ("seasonal_naive", "seasonal_average")'
SERVES = (
    "SELECT serving.version, forecasts.series, MIN(forecasts.model) AS model, COUNT(*) AS weeks, "
    "ROUND(SUM(forecasts.mean)) AS total FROM forecasts JOIN serving ON forecasts.batch = serving.run "
    "WHERE serving.sequence = (SELECT MAX(sequence) FROM serving) GROUP BY 1, 2 ORDER BY 2"
)


def demo() -> None:
    """Show the whole lifecycle on the twin: push, evaluation, rejection, approval, production, rollback.

    It can be repeated, and then continues from the existing twin. Ctrl-C stops it.
    """
    with stoppable(again("demo")), stage() as place:
        _play(place)


def _play(place: Stage) -> None:
    started = time.monotonic()
    with chapter(1, "Two environments: the real `pulumi up` of `dev` and of `prod`, on the twin"):
        say(f"   the client's repository: {place.typed(place.repository)}")
        outputs = {stack: place.up(stack) for stack in ("dev", "prod")}
    with chapter(2, "Real weekly sales, and a first champion from `main`"):
        for each in outputs.values():
            place.load(each)
        _finish(place)
    with chapter(3, f"A push with worse results, to `{WORSE}`; below is the output of `git push`"):
        before = _rejected(place)
    show(before)
    with chapter(4, f"A better push, to `{BETTER}`, approved"):
        old, new = change_notebook(clone(place.repository, place.clone), BETTER)
        say(f"   the horizon in the notebook's parameters: {old} -> {new} weeks")
        place.push(BETTER)
        _approve(place, BETTER, place.reviewers("dev")[0], "better on the held-out weeks")
    with chapter(5, "The release, approved into production"):
        _approve(place, RELEASE, place.reviewers("prod")[-1], "ready for the shops")
    show("\nforecasts of the champion in production")
    show(_serving(place))
    with chapter(6, "Rollback to the previous champion"):
        place.command("rollback", "-e", "prod", "--reason", "the shops are not ready for it", "--as", place.reviewers("prod")[0])
    show("\nforecasts of the champion in production")
    show(_serving(place))
    place.command("audit", "verify", "-e", "prod")
    groundwork = place.typed_program
    say(f"\nDone in {time.monotonic() - started:.0f} s. Next, try `{groundwork} status --all` and `{groundwork} history`.")


def _finish(place: Stage) -> None:
    """End the promotions that have begun, also in production's chain, and reject the worse push of an earlier demo."""
    if not place.new:
        place.command("reconcile", "-e", "dev")
    place.command("reconcile", "-e", "prod")
    earlier = place.latest(WORSE)
    if earlier and earlier["state"] == WAITS:
        place.command("review", "reject", _number(earlier), "--reason", "of an earlier demo", "--as", place.reviewers("dev")[0])


def _rejected(place: Stage) -> str:
    """Push, reject, and return the comparison of the twin before and after.

    A person rejects the push; or the gate does, if the champion of an earlier demo is better.
    """
    work = clone(place.repository, place.clone)
    change_notebook(work, WORSE, FEWER)
    with tempfile.TemporaryDirectory() as folder:
        before = Path(folder) / "before.json"
        before.write_text(place.snapshot("--without-branch", WORSE))
        place.push(WORSE)
        pushed = place.latest(WORSE)
        if pushed and pushed["state"] == "rejected":
            say("   the gate itself has rejected it, for the reasons above")
        else:
            number = _number(place.promotion(WORSE))
            say(f"   the candidate, until the review decision: {place.snapshot('--compare', str(before)).splitlines()[-1]}")
            place.command("review", "reject", number, "--reason", "worse where it matters", "--as", place.reviewers("dev")[0])
        compared = place.snapshot("--without-branch", WORSE, "--compare", str(before))
    if not compared.endswith(" 0 differences\n"):
        raise GroundworkError("rejection-failed", f"the rejection left traces:\n{compared}", "run the demo again")
    return f"\nbefore the push and after the rejection: {compared.strip()}"


def _number(promotion: Mapping[str, str]) -> str:
    return promotion["pull_request"].removeprefix("#")


def _approve(place: Stage, branch: str, who: str, reason: str) -> None:
    place.command("review", "approve", _number(place.promotion(branch)), "--reason", reason, "--as", who)


def _serving(place: Stage) -> str:
    rows = place.asked("query", SERVES, "-e", "prod")
    if not rows:
        raise GroundworkError("champion-not-found", "production has no champion", "read the factory's log above")
    return f"version {rows[0]['version']} serves:\n{table(rows, ['series', 'model', 'weeks', 'total'])}"
