"""Another try of a commit that nobody said no to."""

from __future__ import annotations

from typing import Annotated

import typer

from groundwork.cli.context import Here, command_context
from groundwork.cli.factory_builds import factories, hand_over, run
from groundwork.cli.options import Environment, Person, Reason
from groundwork.cli.output import say
from groundwork.cli.review import person_of
from groundwork.contract.factory_settings import Settings
from groundwork.errors import GroundworkError
from groundwork.factory.candidate import Candidate
from groundwork.factory.ledger import Ledger
from groundwork.printable import printable


def retry(
    candidate: Annotated[str, typer.Argument(help="A candidate that failed or expired; `groundwork status --all` lists them.")],
    reason: Reason,
    person: Person = "",
    environment: Environment = "dev",
) -> None:
    """Try the commit of a candidate again whose promotion failed or expired, as a promotion of its own.

    For its author, the deployment's owners and the reviewers. What was rejected is not tried again: push another commit.
    """
    place = command_context()
    settings = _of(place, environment, candidate)
    build = run(place, settings, "retry", candidate=candidate, by=person_of(person), reason=reason)
    hand_over(place)
    if build.status != "SUCCESS":
        raise GroundworkError("retry-failed", f"build {build.id} ended as {build.status}", "read what it said above")
    say("what it came to stands above; `groundwork status` follows it")


def _of(place: Here, environment: str, candidate: str) -> Settings:
    """Return the factory that a candidate was evaluated by."""
    for settings in factories(place, environment):
        records = Ledger(place.platform.objects, settings.ledger, candidate).read()
        if records and Candidate.of(records).deployment == settings.deployment.name:
            return settings
    raise GroundworkError(
        "no-candidate", f"`{environment}` knows no candidate `{printable(candidate)}`", "list them with `groundwork status --all`"
    )
