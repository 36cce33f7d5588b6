"""Pull requests, and review decisions by a named person."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from secrets import token_hex
from typing import Annotated

import typer

from groundwork.cli.context import CommandContext, command_context, not_deployed
from groundwork.cli.factory_builds import builds_failed, continue_promotions, request
from groundwork.cli.history import candidate_not_found
from groundwork.cli.options import Environment, Json, Person, Reason, command_group
from groundwork.cli.output import say, show, show_rows
from groundwork.cli.person import person_of
from groundwork.contract.factory_settings import Settings
from groundwork.contract.ledger_records import candidate_of
from groundwork.errors import GroundworkError
from groundwork.factory.ledger import Ledger
from groundwork.operations import review as rules
from groundwork.ports.git_provider import GitProvider, Proposal, PullRequest, ReviewDecision
from groundwork.printable import bounded, one_line, printable

ASKS = "/gcbrun"
"""Cloud Build builds a pull request only after a comment with this text by a person who may write to the repository."""
COLUMNS = ["number", "state", "title", "head", "base", "commit", "author", "report"]

app = command_group("Read pull requests, and approve or reject them.")
Number = Annotated[int, typer.Argument(help="The number of the pull request.")]
SeenCommit = Annotated[
    str, typer.Option("--commit", help="The full id of the commit that you reviewed; the decision applies to no other one.")
]
SeenReport = Annotated[
    str, typer.Option("--report", help="The digest of the report that you read; the decision applies to no other one.")
]


@app.command("list")
def list_(
    state: Annotated[str, typer.Option(help="open, merged or closed.")] = "open",
    environment: Environment = "dev",
    *,
    as_json: Json = False,
) -> None:
    """List pull requests."""
    git_provider, _ = _git_provider(environment)
    rows = [_row(pull_request) for pull_request in git_provider.pull_requests(state=state)]
    if not as_json:
        rows = [{name: one_line(str(value)) for name, value in row.items()} for row in rows]
    show_rows(rows, COLUMNS, as_json=as_json, none=f"there are no pull requests with the state `{state}`")


@app.command("show")
def show_(
    number: Number,
    environment: Environment = "dev",
    *,
    diff: Annotated[bool, typer.Option("--diff", help="Show the full diff.")] = False,
    as_json: Json = False,
) -> None:
    """Show a pull request: author, branches, report, text, review decisions and changed files."""
    git_provider, _ = _git_provider(environment)
    pull_request, decisions = git_provider.pull_request(number), git_provider.decisions(number)
    text = git_provider.diff(number)
    if as_json:
        more = {"decisions": [asdict(decision) for decision in decisions], "comments": git_provider.comments(number)}
        show(json.dumps({**asdict(pull_request), **more, **({"diff": text} if diff else {})}, indent=2, default=str))
        return
    for name, value in _facts(pull_request, decisions):
        show(f"{name:<10} {one_line(str(value))}")
    for part in (pull_request.body, *git_provider.comments(number)):
        show("\n" + "\n".join(f"| {line}" for line in printable(part).rstrip().split("\n")))  # marked as other people's text
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
    """Approve a pull request: its commit goes one branch up, and from the last branch into production."""
    _decide(number, person_of(person), reason, commit, report, environment, approved=True)


@app.command()
def reject(  # noqa: PLR0913, PLR0917  as above
    number: Number,
    reason: Reason,
    person: Person = "",
    commit: SeenCommit = "",
    report: SeenReport = "",
    environment: Environment = "dev",
) -> None:
    """Reject a pull request: everything that its promotion created is rolled back."""
    _decide(number, person_of(person), reason, commit, report, environment, approved=False)


@app.command("open")
def open_(
    branch: Annotated[str, typer.Argument(help="The branch to merge.")],
    to: Annotated[str, typer.Option("--to", metavar="BRANCH", help="The branch to merge into.")],
    title: Annotated[str, typer.Option(help="The title. Default: the first line of the commit message.")] = "",
    person: Person = "",
    environment: Environment = "dev",
) -> None:
    """Open a pull request for a branch, and request its builds."""
    git_provider, context = _git_provider(environment)
    commit = git_provider.branches().get(branch)
    if not commit:
        raise GroundworkError(
            "branch-not-found", f"there is no branch `{one_line(branch)}`", "push it with `git push twin BRANCH`"
        )
    subject = title or bounded(git_provider.commit(commit).subject)
    proposal = Proposal(head=branch, base=to, commit=commit, title=subject, body=ASKS, author=person_of(person))
    pull_request = git_provider.open(proposal)
    say(f"opened pull request #{pull_request.number}: {one_line(branch)} at {commit[:12]} into {one_line(to)}")
    continue_promotions(context, environment)


@app.command()
def close(number: Number, reason: Reason, person: Person = "", environment: Environment = "dev") -> None:
    """Close a pull request without a decision: its candidate is rolled back."""
    git_provider, context = _git_provider(environment)
    rules.close(git_provider, number, person_of(person), reason)
    say(f"closed #{number}")
    continue_promotions(context, environment)


@app.command()
def comment(
    number: Number,
    text: Annotated[str, typer.Argument(help="The comment.")],
    person: Person = "",
    environment: Environment = "dev",
) -> None:
    """Comment on a pull request."""
    git_provider, _ = _git_provider(environment)
    git_provider.comment(number, f"{person_of(person)}: {text}", key=f"person-{token_hex(8)}")


@app.command()
def retry(
    candidate: Annotated[str, typer.Argument(help="A failed or expired candidate, as `groundwork status --all` lists it.")],
    reason: Reason,
    person: Person = "",
    environment: Environment = "dev",
) -> None:
    """Evaluate the commit of a failed or expired candidate again, as a new promotion.

    Allowed for the commit's author, the deployment's owners and the reviewers. A rejected commit cannot be retried: push another
    one.
    """
    context = command_context()
    settings = _factory_of(context, environment, candidate)
    if failed := request(context, settings, "retry", candidate=candidate, by=person_of(person), reason=reason):
        raise builds_failed("retry-failed", failed)
    say("the retry ran; `groundwork status` shows the new promotion if it has not ended")


def _factory_of(context: CommandContext, environment: str, candidate: str) -> Settings:
    """Return the factory that evaluated a candidate."""
    for settings in context.factories(environment):
        found = candidate_of(Ledger(context.platform.objects, settings.ledger, candidate).read())
        if found and found.deployment == settings.deployment.name:
            return settings
    raise candidate_not_found(candidate, environment)


def _decide(  # noqa: PLR0913, PLR0917  all that a decision is on
    number: int, person: str, reason: str, commit: str, report: str, environment: str, *, approved: bool
) -> None:
    git_provider, context = _git_provider(environment)
    seen = git_provider.pull_request(number)
    decision = rules.decision(person, reason, approved=approved, commit=commit or seen.commit, report=report or seen.report)
    git_provider.decide(number, decision)
    say(f"{one_line(person)} {'approved' if approved else 'rejected'} #{number} at {seen.commit[:12]}")
    continue_promotions(context, environment)


def _git_provider(environment: str) -> tuple[GitProvider, CommandContext]:
    context = command_context()
    remote = context.stack(environment).outputs().get("repository")
    if not remote:
        raise not_deployed("repository-not-found", environment, "a repository")
    return context.platform.git_provider(remote, ""), context


def _row(pull_request: PullRequest) -> dict[str, str | int]:
    values = asdict(pull_request)
    return {**{name: values[name] for name in COLUMNS}, "commit": pull_request.commit[:12], "report": pull_request.report[:19]}


def _facts(pull_request: PullRequest, decisions: Sequence[ReviewDecision]) -> list[tuple[str, object]]:
    texts = [f"{'approved' if each.approved else 'rejected'} by {each.reviewer}: {each.reason}" for each in decisions]
    return [
        (f"#{pull_request.number}", pull_request.title),
        ("state", pull_request.state),
        ("from", f"{pull_request.head} to {pull_request.base}"),
        ("commit", pull_request.commit),
        ("author", pull_request.author),
        ("reviewers", ", ".join(pull_request.reviewers) or "none yet"),
        ("candidate", pull_request.candidate or "not evaluated yet"),
        ("report", pull_request.report or "none yet"),
        *(("decision", text) for text in texts or ["none yet"]),
    ]


def _summary(diff: str) -> list[str]:
    """Return how many lines each file gains and loses; inside a hunk, only the first character says what a line is."""
    files: list[tuple[str, list[int]]] = []
    in_hunk = False
    for line in diff.split("\n"):
        if line.startswith("diff --git "):
            files.append((line.removeprefix("diff --git ").partition(" ")[0].removeprefix("a/"), [0, 0]))
            in_hunk = False
        elif line.startswith("@@"):
            in_hunk = True
        elif in_hunk and line[:1] in {"+", "-"}:
            files[-1][1]["+-".index(line[0])] += 1
    return [f"  {one_line(name)}  +{added} -{removed}" for name, (added, removed) in files]
