"""A new client's environment files."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from groundwork.cli.output import say, show
from groundwork.errors import GroundworkError
from groundwork.twin.core import shell

app = typer.Typer(help="The organisations that have environments here.", no_args_is_help=True, rich_markup_mode=None)

QUESTIONS = {
    "region": "Region of Google Cloud, like europe-west2",
    "project_prefix": "Projects are called <this>-<environment>",
    "repository": "Repository on GitHub, <owner>/<name>",
    "installation_id": "Number of Cloud Build's GitHub App there (end of the address of its installation's page)",
    "reviewers": "Who gives review decisions: e-mail addresses, with commas between",
    "owners": "Who hears of runs and failures: e-mail addresses, with commas between",
}


@app.command("add")
def add(  # noqa: PLR0913, PLR0917  each is an option of the command
    client: Annotated[str, typer.Argument(help="The client's short name, like acme.")],
    environments: Annotated[
        str, typer.Option(help="In the order in which a change goes up; the last is production.")
    ] = "dev,prod",
    region: Annotated[str | None, typer.Option(help=QUESTIONS["region"])] = None,
    project_prefix: Annotated[str | None, typer.Option(help=QUESTIONS["project_prefix"])] = None,
    repository: Annotated[str | None, typer.Option(help=QUESTIONS["repository"])] = None,
    installation_id: Annotated[int | None, typer.Option(help=QUESTIONS["installation_id"])] = None,
    reviewers: Annotated[str | None, typer.Option(help=QUESTIONS["reviewers"])] = None,
    owners: Annotated[str | None, typer.Option(help=QUESTIONS["owners"])] = None,
    branches: Annotated[str, typer.Option(help="The chain: the last is production's.")] = "feature/*,release,main",
    token_secret: Annotated[str, typer.Option(help="Secret with the connection's token.")] = "github-token",  # noqa: S107  a name
    git_provider_secret: Annotated[str, typer.Option(help="Secret with the factory's credential.")] = "github-factory",  # noqa: S107  a name
    like: Annotated[str, typer.Option(help="The environment whose tables, pipelines and thresholds to start with.")] = "dev",
) -> None:
    """Write the environment files of a new client, checked; asks for what is not given. Never writes over a file."""
    from groundwork.onboarding import client as clients  # noqa: PLC0415  it loads Pulumi

    given = {
        "region": region,
        "project_prefix": project_prefix,
        "repository": repository,
        "installation_id": installation_id,
        "reviewers": reviewers,
        "owners": owners,
    }
    known = _complete(given)
    written = clients.add(
        shell.checkout(),
        clients.Answers(
            client=client,
            environments=_list(environments),
            region=known["region"],
            project_prefix=known["project_prefix"],
            repository=known["repository"],
            installation_id=known["installation_id"],
            reviewers=_list(known["reviewers"]),
            owners=_list(known["owners"]),
            branches=_list(branches),
            token_secret=token_secret,
            git_provider_secret=git_provider_secret,
            like=like,
        ),
    )
    for file in written:
        show(file.name)
    first = written[0].name.split(".")[1]
    say(f"wrote {len(written)} files; next: groundwork check -e {first}")


def _complete(given: dict[str, Any]) -> dict[str, Any]:
    """Ask for what was not given; raises GroundworkError, naming every option, where nobody could answer."""
    missing = [name for name, value in given.items() if value is None]
    if missing and not sys.stdin.isatty():
        options = ", ".join(f"--{name.replace('_', '-')}" for name in missing)
        raise GroundworkError("client-answers", f"not given: {options}", "give them, or run the command in a terminal: it asks")
    asked = {name: typer.prompt(QUESTIONS[name], type=int if name == "installation_id" else str) for name in missing}
    return {**given, **asked}


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
