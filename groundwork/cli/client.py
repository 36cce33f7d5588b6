"""The environment files of a new client."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from groundwork.cli.options import comma_separated, command_group
from groundwork.cli.output import say, show
from groundwork.errors import GroundworkError
from groundwork.onboarding import client as clients
from groundwork.project import checkout

app = command_group("Add a client.")


QUESTIONS = {
    "region": "Google Cloud region, such as europe-west2",
    "project_prefix": "Prefix of the project ids: <prefix>-<environment>",
    "repository": "GitHub repository, <owner>/<name>",
    "installation_id": "Installation id of Cloud Build's GitHub App (at the end of the address of its installation page)",
    "reviewers": "E-mail addresses of the reviewers, separated by commas",
    "owners": "E-mail addresses of the owners, who are notified of runs and failures, separated by commas",
}


@app.command("add")
def add(  # noqa: PLR0913, PLR0917  each is an option of the command
    client: Annotated[str, typer.Argument(help="The client's short name, such as acme.")],
    environments: Annotated[
        str, typer.Option(help="Names of the environments, in the order of promotion; the last one is production.")
    ] = "dev,prod",
    region: Annotated[str | None, typer.Option(help=QUESTIONS["region"])] = None,
    project_prefix: Annotated[str | None, typer.Option(help=QUESTIONS["project_prefix"])] = None,
    repository: Annotated[str | None, typer.Option(help=QUESTIONS["repository"])] = None,
    installation_id: Annotated[int | None, typer.Option(help=QUESTIONS["installation_id"])] = None,
    reviewers: Annotated[str | None, typer.Option(help=QUESTIONS["reviewers"])] = None,
    owners: Annotated[str | None, typer.Option(help=QUESTIONS["owners"])] = None,
    branches: Annotated[
        str, typer.Option(help="Branches of the chain, in the order of promotion; the last one belongs to production.")
    ] = "feature/*,release,main",
    token_secret: Annotated[str, typer.Option(help="Name of the secret with the connection's token.")] = "github-token",  # noqa: S107  a name
    git_provider_secret: Annotated[
        str, typer.Option(help="Name of the secret with the factory's credential on the Git provider.")
    ] = "github-factory",  # noqa: S107  a name
    like: Annotated[str, typer.Option(help="Existing environment, to copy tables, pipelines and thresholds from.")] = "dev",
) -> None:
    """Write the environment files of a new client, validated. Asks for missing options. Never overwrites a file."""
    answers = _complete(
        {
            "region": region,
            "project_prefix": project_prefix,
            "repository": repository,
            "installation_id": installation_id,
            "reviewers": reviewers,
            "owners": owners,
        }
    )
    written = clients.add(
        checkout(),
        clients.Answers(
            client=client,
            environments=comma_separated(environments),
            region=answers["region"],
            project_prefix=answers["project_prefix"],
            repository=answers["repository"],
            installation_id=answers["installation_id"],
            reviewers=comma_separated(answers["reviewers"]),
            owners=comma_separated(answers["owners"]),
            branches=comma_separated(branches),
            token_secret=token_secret,
            git_provider_secret=git_provider_secret,
            like=like,
        ),
    )
    for file in written:
        show(file.name)
    first = written[0].name.split(".")[1]
    say(f"wrote {len(written)} files; next: groundwork check -e {first}")


def _complete(answers: dict[str, Any]) -> dict[str, Any]:
    """Ask for missing answers; raises GroundworkError, with the name of every missing option, outside of a terminal."""
    missing = [name for name, value in answers.items() if value is None]
    if missing and not sys.stdin.isatty():
        options = ", ".join(f"--{name.replace('_', '-')}" for name in missing)
        raise GroundworkError(
            "client-options-missing",
            f"options are missing: {options}",
            "add them, or run the command in a terminal",
        )
    asked = {name: typer.prompt(QUESTIONS[name], type=int if name == "installation_id" else str) for name in missing}
    return {**answers, **asked}
