"""Pull requests, and the review decision on them, as a named person."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from secrets import token_hex
from typing import Annotated

import typer

from groundwork.cli.context import Here, command_context
from groundwork.cli.options import Environment, Json, Person, Reason
from groundwork.cli.output import say, show, show_rows
from groundwork.contract.accounts import same_account
from groundwork.contract.variables import PERSON_VARIABLE
from groundwork.errors import GroundworkError
from groundwork.ports.git_provider import GitProvider, Proposal, PullRequest, ReviewDecision
from groundwork.printable import bounded, printable

ASKS = "/gcbrun"
"""Without it from somebody who may write to the repository, no pull request is built."""
COLUMNS = ["number", "state", "title", "head", "base", "commit", "author", "report"]

app = typer.Typer(help="Look at pull requests, and give the review decision.", no_args_is_help=True, rich_markup_mode=None)
Number = Annotated[int, typer.Argument(help="The pull request's number.")]
SeenCommit = Annotated[str, typer.Option("--commit", help="The commit that you evaluated, in full; another one is refused.")]
SeenReport = Annotated[str, typer.Option("--report", help="The digest of the report that you evaluated; another one is refused.")]


@app.command("list")
def list_(
    state: Annotated[str, typer.Option(help="open, merged or closed.")] = "open",
    environment: Environment = "dev",
    *,
    as_json: Json = False,
) -> None:
    """List pull requests."""
    git_provider, _ = _git_provider(environment)
    rows = [_row(request) for request in git_provider.pull_requests(state=state)]
    if not as_json:
        rows = [{name: _line(value) for name, value in row.items()} for row in rows]
    show_rows(rows, COLUMNS, as_json=as_json, none=f"no pull request is {state}")


@app.command("show")
def show_(
    number: Number, environment: Environment = "dev", *, diff: Annotated[bool, typer.Option("--diff", help="All of it.")] = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Show one: who proposes what, the report, the text, the review decisions, and what it would change."""
    git_provider, _ = _git_provider(environment)
    request, given, text = git_provider.pull_request(number), git_provider.decisions(number), git_provider.diff(number)
    if as_json:
        said = {"decisions": [asdict(each) for each in given], "comments": git_provider.comments(number)}
        show(json.dumps({**asdict(request), **said, **({"diff": text} if diff else {})}, indent=2, default=str))
        return
    for name, value in _facts(request, given):
        show(f"{name:<10} {_line(value)}")
    for part in (request.body, *git_provider.comments(number)):
        show("\n" + "\n".join(f"| {line}" for line in printable(part).rstrip().split("\n")))  # no line of it passes for ours
    show("\n" + (printable(text) if diff else "\n".join(_summary(text))))


@app.command()
def approve(  # noqa: PLR0913, PLR0917  each is an option of the command
    number: Number,
    reason: Reason,
    person: Person = "",
    commit: SeenCommit = "",
    report: SeenReport = "",
    environment: Environment = "dev",
) -> None:
    """Approve what is proposed: it goes one branch up, and on the last one into production."""
    _decide(number, _decision(reason, person, approved=True), commit, report, environment)


@app.command()
def reject(  # noqa: PLR0913, PLR0917  as above
    number: Number,
    reason: Reason,
    person: Person = "",
    commit: SeenCommit = "",
    report: SeenReport = "",
    environment: Environment = "dev",
) -> None:
    """Reject what is proposed: everything that was made for it is rolled back."""
    _decide(number, _decision(reason, person, approved=False), commit, report, environment)


@app.command("open")
def open_(
    branch: Annotated[str, typer.Argument(help="What to propose.")],
    to: Annotated[str, typer.Option("--to", metavar="BRANCH", help="Where it is to go.")],
    title: Annotated[str, typer.Option(help="Else the commit's first line.")] = "",
    person: Person = "",
    environment: Environment = "dev",
) -> None:
    """Propose the commit that a branch is at, and ask for the builds of the pull request."""
    git_provider, place = _git_provider(environment)
    commit = git_provider.branches().get(branch)
    if not commit:
        raise GroundworkError("no-branch", f"there is no branch `{_line(branch)}`", "push it first: `git push twin BRANCH`")
    subject = title or bounded(git_provider.commit(commit).subject)
    proposal = Proposal(head=branch, base=to, commit=commit, title=subject, body=ASKS, author=person_of(person))
    request = git_provider.open(proposal)
    say(f"pull request #{request.number} proposes {_line(branch)} at {commit[:12]} to {_line(to)}")
    after(place, environment)


@app.command()
def close(number: Number, reason: Reason, person: Person = "", environment: Environment = "dev") -> None:
    """Close one without a review decision: what was made for it is rolled back."""
    git_provider, place = _git_provider(environment)
    request, who = git_provider.pull_request(number), person_of(person)
    if not any(same_account(who, each, request.reviewers) for each in (request.author, *request.reviewers)):
        raise GroundworkError(
            "not-yours", f"{_line(who)} neither proposed #{number} nor reviews it", f"ask {_line(request.author)} or a reviewer"
        )
    git_provider.comment(number, f"{who} closed this: {reason}", key=f"closed-by-{who}")
    git_provider.close(number)
    say(f"#{number} is closed")
    after(place, environment)


@app.command()
def comment(
    number: Number, text: Annotated[str, typer.Argument()], person: Person = "", environment: Environment = "dev"
) -> None:
    """Say something on one."""
    git_provider, _ = _git_provider(environment)
    git_provider.comment(number, f"{person_of(person)}: {text}", key=f"person-{token_hex(8)}")


def after(place: Here, environment: str) -> None:
    """Have the factory go on at once; without this it would with its next reconciliation."""
    from groundwork.cli.factory_builds import wake  # noqa: PLC0415  only those who changed something pay for it

    for build in wake(place, environment):
        say(
            f"build {build.id} of {build.trigger} ended as {build.status}: promotions did not advance; run `groundwork reconcile`"
        )


def _decision(reason: str, person: str, *, approved: bool) -> ReviewDecision:
    """Return a review decision that does not say yet what it is on."""
    if not reason.strip():
        raise GroundworkError("no-reason", "a review decision needs a reason", 'say why: --reason "…"')
    at = datetime.now(UTC)
    return ReviewDecision(approved=approved, reviewer=person_of(person), commit="", report="", reason=reason, at=at)


def _decide(number: int, decision: ReviewDecision, commit: str, report: str, environment: str) -> None:
    git_provider, place = _git_provider(environment)
    request = git_provider.pull_request(number)
    git_provider.decide(number, replace(decision, commit=commit or request.commit, report=report or request.report))
    word = "approves" if decision.approved else "rejects"
    say(f"{_line(decision.reviewer)} {word} #{number} at {request.commit[:12]}")
    after(place, environment)


def _git_provider(environment: str) -> tuple[GitProvider, Here]:
    place = command_context()
    remote = place.stack(environment).outputs().get("repository")
    if not remote:
        raise GroundworkError(
            "no-repository",
            f"the environment `{environment}` has no repository on the twin",
            f"run `pulumi up --stack {environment}` first",
        )
    return place.platform.git_provider(remote, ""), place


def person_of(given: str) -> str:
    """Return who is at the keyboard; raises GroundworkError where nobody says."""
    email = given or os.environ.get(PERSON_VARIABLE, "")
    if not email and (git := shutil.which("git")):
        email = subprocess.run([git, "config", "user.email"], capture_output=True, text=True, check=False).stdout
    if not email.strip():
        raise GroundworkError("who-are-you", "nobody says who you are", f"give --as EMAIL, or set {PERSON_VARIABLE}")
    return email.strip()


def _row(request: PullRequest) -> dict[str, str | int]:
    values = asdict(request)
    return {**{name: values[name] for name in COLUMNS}, "commit": request.commit[:12], "report": request.report[:19]}


def _facts(request: PullRequest, given: Sequence[ReviewDecision]) -> list[tuple[str, object]]:
    said = [f"{'approved' if each.approved else 'rejected'} by {each.reviewer}: {each.reason}" for each in given]
    return [
        (f"#{request.number}", request.title),
        ("state", request.state),
        ("from", f"{request.head} to {request.base}"),
        ("commit", request.commit),
        ("author", request.author),
        ("reviewers", ", ".join(request.reviewers) or "nobody yet"),
        ("candidate", request.candidate or "not evaluated yet"),
        ("report", request.report or "none yet"),
        *(("decision", each) for each in said or ["none yet"]),
    ]


def _summary(diff: str) -> list[str]:
    """Return how many lines each file gains and loses; inside a hunk the first character alone says what a line is."""
    found: list[tuple[str, list[int]]] = []
    in_hunk = False
    for line in diff.split("\n"):
        if line.startswith("diff --git "):
            found.append((line.removeprefix("diff --git ").partition(" ")[0].removeprefix("a/"), [0, 0]))
            in_hunk = False
        elif line.startswith("@@"):
            in_hunk = True
        elif in_hunk and line[:1] in {"+", "-"}:
            found[-1][1]["+-".index(line[0])] += 1
    return [f"  {_line(name)}  +{added} -{removed}" for name, (added, removed) in found]


def _line(value: object) -> str:
    return " ".join(printable(str(value)).split())
