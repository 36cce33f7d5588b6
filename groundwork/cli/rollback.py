"""Back to the champion before."""

from __future__ import annotations

from typing import Annotated

import typer

from groundwork.cli.here import here
from groundwork.cli.knock import factories, run
from groundwork.cli.output import say
from groundwork.cli.review import Person, person_of
from groundwork.errors import GroundworkError
from groundwork.ports.accounts import same_account


def rollback(
    stack: Annotated[str, typer.Argument(help="The environment.")],
    because: Annotated[str, typer.Option("--because", help="Why; it is recorded.")],
    deployment: Annotated[str | None, typer.Option("--deployment", help="Which, where there are several.")] = None,
    who: Person = "",
) -> None:
    """Put the champion before this one back: alias, schedule and forecasts, as a promotion of its own."""
    place = here()
    fitting = [each for each in factories(place, stack) if deployment in {None, each.deployment.name}]
    if len(fitting) != 1:
        known = ", ".join(each.deployment.name for each in factories(place, stack))
        raise GroundworkError("which-deployment", f"{len(fitting)} deployments fit", f"choose one with --deployment: {known}")
    (settings,) = fitting
    asking = person_of(who)
    if not any(same_account(asking, each, settings.reviewers) for each in settings.reviewers):
        raise GroundworkError(
            "not-a-reviewer", f"{asking} is not among the reviewers of `{stack}`", f"ask one of {', '.join(settings.reviewers)}"
        )
    build = run(place, settings, "rollback", _BY=asking, _BECAUSE=because)
    if build.status != "SUCCESS":
        raise GroundworkError("rollback-failed", f"build {build.id} ended as {build.status}", "read what it said above")
    say(f"`{stack}` is back at the champion before")
