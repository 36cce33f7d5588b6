"""The lifecycle from an empty twin to an open pull request."""

from __future__ import annotations

import time

from groundwork.cli.demo.checkout import change_notebook, clone
from groundwork.cli.demo.parts import Stage, chapter, show_build, stage
from groundwork.cli.demo.stoppable import again, stoppable
from groundwork.cli.output import say, show, table

BRANCH = "feature/first-forecast"


def demo_short() -> None:
    """Show the lifecycle up to an open pull request, on the twin.

    It runs `pulumi up`, loads real sales, pushes a changed notebook, and has the candidate evaluated.
    """
    with stoppable(again("demo-short")), stage() as place:
        _play(place)


def _play(place: Stage) -> None:
    started = time.monotonic()
    with chapter(1, "An environment: the real `pulumi up` of `dev`, on the twin"):
        say(f"   the client's repository: {place.typed(place.repository)}")
        outputs = place.up("dev")
    with chapter(2, "Real weekly sales, into the raw bucket and the warehouse"):
        place.load(outputs)
    with chapter(3, f"A changed notebook, pushed to `{BRANCH}`; below is the output of `git push`"):
        before, after = change_notebook(clone(place.repository, place.clone), BRANCH)
        say(f"   the horizon in the notebook's parameters: {before} -> {after} weeks")
        place.push(BRANCH)
    say("\n4. The result")
    promotion = place.promotion(BRANCH)
    show_results(place, promotion["candidate"])
    say(f"\nDone in {time.monotonic() - started:.0f} s. Next, try:")
    number, groundwork = promotion["pull_request"].removeprefix("#"), place.typed_program
    for command in (
        f"{groundwork} review show {number}",
        f'{groundwork} review approve {number} --reason "it looks right" --as grace@northwind.example',
        f'eval "$({groundwork} twin env)" && pulumi preview --stack dev --expect-no-changes',
    ):
        say(f"   {command}")


def show_results(place: Stage, candidate: str) -> None:
    """Print a candidate's build, forecasts and evaluation, and where its report is."""
    show_build(place.platform, candidate)
    show("\nthe candidate's forecasts, as the factory copied and measured them (the first rows):")
    sql = "SELECT * EXCEPT (step, batch) FROM forecasts ORDER BY series, week LIMIT 5"
    rows = place.asked("query", sql, "--candidate", candidate)
    show(table(rows, list(rows[0])))
    show("\nerror on the weeks that the candidate did not have, as the gate measured it:")
    for record in place.asked("history", candidate)[candidate]:
        if (record["type"], record["key"]) == ("completed", "gate"):
            for reason in record["output"]["decision"]["reasons"]:
                show(f"   {reason['text']}")
    pages = place.platform.objects.glob(f"gs://*/candidates/{candidate}/report.html")
    for page in pages:
        show(f"\nthe report for the review decision: {place.typed(place.root / 'buckets' / page)}")
