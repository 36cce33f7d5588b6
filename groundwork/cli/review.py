"""Pull requests, and the verdict on them, as a named person."""

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

from groundwork.cli.context import Here, here
from groundwork.cli.output import Json, say, show, show_rows
from groundwork.contract.accounts import same_account
from groundwork.errors import GroundworkError
from groundwork.ports.forge import Forge, Proposal, PullRequest, Verdict
from groundwork.printable import bounded, printable

VARIABLE = "GROUNDWORK_PERSON"
ASKS = "/gcbrun"
"""Without it from somebody who may write to the repository, no pull request is built."""
COLUMNS = ["number", "state", "title", "head", "base", "commit", "author", "report"]

app = typer.Typer(help="Look at pull requests, and give the verdict.", no_args_is_help=True, rich_markup_mode=None)
Number = Annotated[int, typer.Argument(help="The pull request's number.")]
Stack = Annotated[str, typer.Option("--stack", help="The environment.")]
Person = Annotated[str, typer.Option("--as", metavar="EMAIL", help=f"Who you are; else {VARIABLE}, else git's user.email.")]
Because = Annotated[str, typer.Option("--because", help="Why; everybody can read it.")]
SeenCommit = Annotated[str, typer.Option("--commit", help="The commit that you judged, in full; another one is refused.")]
SeenReport = Annotated[str, typer.Option("--report", help="The digest of the report that you judged; another one is refused.")]


@app.command("list")
def list_(
    state: Annotated[str, typer.Option(help="open, merged or closed.")] = "open", stack: Stack = "dev", *, as_json: Json = False
) -> None:
    """List pull requests."""
    forge, _ = _forge(stack)
    rows = [_row(request) for request in forge.pull_requests(state=state)]
    if not as_json:
        rows = [{name: _line(value) for name, value in row.items()} for row in rows]
    show_rows(rows, COLUMNS, as_json=as_json, none=f"no pull request is {state}")


@app.command("show")
def show_(
    number: Number, stack: Stack = "dev", *, diff: Annotated[bool, typer.Option("--diff", help="All of it.")] = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Show one: who proposes what, the report, the text, the verdicts, and what it would change."""
    forge, _ = _forge(stack)
    request, given, text = forge.pull_request(number), forge.verdicts(number), forge.diff(number)
    if as_json:
        said = {"verdicts": [asdict(each) for each in given], "comments": forge.comments(number)}
        show(json.dumps({**asdict(request), **said, **({"diff": text} if diff else {})}, indent=2, default=str))
        return
    for name, value in _facts(request, given):
        show(f"{name:<10} {_line(value)}")
    for part in (request.body, *forge.comments(number)):
        show("\n" + "\n".join(f"| {line}" for line in printable(part).rstrip().split("\n")))  # no line of it passes for ours
    show("\n" + (printable(text) if diff else "\n".join(_summary(text))))


@app.command()
def approve(  # noqa: PLR0913, PLR0917  each is an option of the command
    number: Number, because: Because, person: Person = "", commit: SeenCommit = "", report: SeenReport = "", stack: Stack = "dev"
) -> None:
    """Approve what is proposed: it goes one branch up, and on the last one into production."""
    _decide(number, _verdict(because, person, approved=True), commit, report, stack)


@app.command()
def reject(  # noqa: PLR0913, PLR0917  as above
    number: Number, because: Because, person: Person = "", commit: SeenCommit = "", report: SeenReport = "", stack: Stack = "dev"
) -> None:
    """Reject what is proposed: everything that was made for it is unmade."""
    _decide(number, _verdict(because, person, approved=False), commit, report, stack)


@app.command("open")
def open_(
    branch: Annotated[str, typer.Argument(help="What to propose.")],
    to: Annotated[str, typer.Option("--to", metavar="BRANCH", help="Where it is to go.")],
    title: Annotated[str, typer.Option(help="Else the commit's first line.")] = "",
    person: Person = "",
    stack: Stack = "dev",
) -> None:
    """Propose the commit that a branch is at, and ask for the builds of the pull request."""
    forge, place = _forge(stack)
    commit = forge.branches().get(branch)
    if not commit:
        raise GroundworkError("no-branch", f"there is no branch `{_line(branch)}`", "push it first: `git push twin BRANCH`")
    subject = title or bounded(forge.commit(commit).subject)
    proposal = Proposal(head=branch, base=to, commit=commit, title=subject, body=ASKS, author=person_of(person))
    request = forge.open(proposal)
    say(f"pull request #{request.number} proposes {_line(branch)} at {commit[:12]} to {_line(to)}")
    after(place, stack)


@app.command()
def close(number: Number, because: Because, person: Person = "", stack: Stack = "dev") -> None:
    """Close one without a verdict: what was made for it is unmade."""
    forge, place = _forge(stack)
    request, who = forge.pull_request(number), person_of(person)
    if not any(same_account(who, each, request.reviewers) for each in (request.author, *request.reviewers)):
        raise GroundworkError(
            "not-yours", f"{_line(who)} neither proposed #{number} nor reviews it", f"ask {_line(request.author)} or a reviewer"
        )
    forge.comment(number, f"{who} closed this: {because}", key=f"closed-by-{who}")
    forge.close(number)
    say(f"#{number} is closed")
    after(place, stack)


@app.command()
def comment(number: Number, text: Annotated[str, typer.Argument()], person: Person = "", stack: Stack = "dev") -> None:
    """Say something on one."""
    forge, _ = _forge(stack)
    forge.comment(number, f"{person_of(person)}: {text}", key=f"person-{token_hex(8)}")


def after(place: Here, stack: str) -> None:
    """Have the factory go on at once; without this it would with its next tick."""
    from groundwork.cli.factory_builds import knock  # noqa: PLC0415  only those who changed something pay for it

    for build in knock(place, stack):
        say(f"build {build.id} of {build.trigger} ended as {build.status}: not all could be moved; `groundwork tick` tries again")


def _verdict(because: str, person: str, *, approved: bool) -> Verdict:
    """Return a verdict that does not say yet what it is on."""
    if not because.strip():
        raise GroundworkError("no-reason", "a verdict needs a reason", 'say why: --because "…"')
    at = datetime.now(UTC)
    return Verdict(approved=approved, reviewer=person_of(person), commit="", report="", because=because, at=at)


def _decide(number: int, verdict: Verdict, commit: str, report: str, stack: str) -> None:
    forge, place = _forge(stack)
    request = forge.pull_request(number)
    forge.decide(number, replace(verdict, commit=commit or request.commit, report=report or request.report))
    word = "approves" if verdict.approved else "rejects"
    say(f"{_line(verdict.reviewer)} {word} #{number} at {request.commit[:12]}")
    after(place, stack)


def _forge(stack: str) -> tuple[Forge, Here]:
    place = here()
    remote = place.stack(stack).outputs().get("repository")
    if not remote:
        raise GroundworkError(
            "no-repository", f"the stack `{stack}` has no repository on the twin", f"run `pulumi up --stack {stack}` first"
        )
    return place.platform.forge(remote, ""), place


def person_of(given: str) -> str:
    """Return who is at the keyboard; raises GroundworkError where nobody says."""
    email = given or os.environ.get(VARIABLE, "")
    if not email and (git := shutil.which("git")):
        email = subprocess.run([git, "config", "user.email"], capture_output=True, text=True, check=False).stdout
    if not email.strip():
        raise GroundworkError("who-are-you", "nobody says who you are", f"give --as EMAIL, or set {VARIABLE}")
    return email.strip()


def _row(request: PullRequest) -> dict[str, str | int]:
    values = asdict(request)
    return {**{name: values[name] for name in COLUMNS}, "commit": request.commit[:12], "report": request.report[:19]}


def _facts(request: PullRequest, given: Sequence[Verdict]) -> list[tuple[str, object]]:
    said = [f"{'approved' if each.approved else 'rejected'} by {each.reviewer}: {each.because}" for each in given]
    return [
        (f"#{request.number}", request.title),
        ("state", request.state),
        ("from", f"{request.head} to {request.base}"),
        ("commit", request.commit),
        ("author", request.author),
        ("reviewers", ", ".join(request.reviewers) or "nobody yet"),
        ("candidate", request.candidate or "not judged yet"),
        ("report", request.report or "none yet"),
        *(("verdict", each) for each in said or ["none yet"]),
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
