"""A client's own repository, written by one command."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Annotated

import typer

from groundwork.cli.options import comma_separated
from groundwork.cli.output import say, show
from groundwork.contract.release import release
from groundwork.errors import GroundworkError

_LISTS = frozenset({"reviewers", "owners", "code_owners"})
_OPTIONAL = "Replace the placeholder before the first deployment to Google."


def init(  # noqa: PLR0913  each is an option of the command
    directory: Annotated[Path, typer.Argument(help="New directory of the repository.", show_default=False)],
    *,
    client: Annotated[str | None, typer.Option(help="Short name of the client, like acme.", show_default=False)] = None,
    region: Annotated[str | None, typer.Option(help="Region of Google Cloud. Default: europe-west2.")] = None,
    project_prefix: Annotated[
        str | None, typer.Option(help="Google projects are <prefix>-dev and <prefix>-prod. Default: <client>-ml.")
    ] = None,
    repository: Annotated[str | None, typer.Option(help="<owner>/<name> on GitHub. Default: <client>/forecasting.")] = None,
    installation_id: Annotated[
        int | None, typer.Option(help=f"Installation number of Cloud Build's GitHub app. {_OPTIONAL}")
    ] = None,
    reviewers: Annotated[str | None, typer.Option(help=f"E-mail addresses, separated by commas. {_OPTIONAL}")] = None,
    owners: Annotated[str | None, typer.Option(help=f"E-mail addresses to notify, separated by commas. {_OPTIONAL}")] = None,
    code_owners: Annotated[
        str | None, typer.Option(help="Users or teams that review platform changes. Default: @<client>/platform.")
    ] = None,
    answers: Annotated[
        Path | None, typer.Option(help="Take the answers from this file of another repository, not from options.", exists=True)
    ] = None,
    commit: Annotated[bool, typer.Option("--commit", help="Create a git repository and commit the files.")] = False,
) -> None:
    """Create a client repository: environments, the reference pipeline, tests, CI. The platform is a pinned dependency."""
    from groundwork.onboarding import client_repository  # noqa: PLC0415  pydantic and Jinja take their time to load

    options = {
        "client": client,
        "region": region,
        "project_prefix": project_prefix,
        "repository": repository,
        "installation_id": installation_id,
        "reviewers": reviewers,
        "owners": owners,
        "code_owners": code_owners,
    }
    given = {
        name: comma_separated(str(value)) if name in _LISTS else value for name, value in options.items() if value is not None
    }
    if answers is not None:
        if given:
            raise GroundworkError("answers-conflict", "--answers does not go with other answers", "give the file, or the options")
        _, parsed = client_repository.read_answers(answers)
    elif client is None:
        raise GroundworkError("client-missing", "the client has no name", "give it with --client, like `--client acme`")
    else:
        parsed = client_repository.Answers.parse(given)
    written = client_repository.write(directory, parsed)
    if commit:
        _commit(directory, f"Begin the repository of {parsed.client} with groundwork {release()}")
    show(str(directory))
    say(f"wrote {len(written)} files; next: cd {directory} && make test")


def _commit(directory: Path, message: str) -> None:
    """Make the first commit, as the person that git knows."""
    for words in (("init", "--quiet", "--initial-branch=main"), ("add", "--all"), ("commit", "--quiet", f"--message={message}")):
        done = subprocess.run(["git", *words], cwd=directory, capture_output=True, text=True, check=False)
        if done.returncode:
            raise GroundworkError(
                "commit-failed",
                f"`git {words[0]}` failed: {(done.stderr or done.stdout).strip()}",
                f"correct it, and run `git commit` in {directory}; its files are written",
            )
