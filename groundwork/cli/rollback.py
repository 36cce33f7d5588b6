"""Back to the champion before."""

from __future__ import annotations

from typing import Annotated

import typer

from groundwork.cli.context import command_context
from groundwork.cli.factory_builds import factories, run
from groundwork.cli.options import Environment, Person, Reason
from groundwork.cli.output import say
from groundwork.cli.review import person_of
from groundwork.errors import GroundworkError


def rollback(
    reason: Reason,
    environment: Environment = "dev",
    deployment: Annotated[str | None, typer.Option("--deployment", help="Which, where there are several.")] = None,
    who: Person = "",
) -> None:
    """Put the champion before this one back: alias, schedule and forecasts, as a promotion of its own."""
    place = command_context()
    fitting = [each for each in factories(place, environment) if deployment in {None, each.deployment.name}]
    if len(fitting) != 1:
        known = ", ".join(each.deployment.name for each in factories(place, environment))
        raise GroundworkError("which-deployment", f"{len(fitting)} deployments fit", f"choose one with --deployment: {known}")
    (settings,) = fitting
    build = run(place, settings, "rollback", by=person_of(who), reason=reason)
    if build.status != "SUCCESS":
        raise GroundworkError("rollback-failed", f"build {build.id} ended as {build.status}", "read what it said above")
    say(f"`{environment}` is back at the champion before")
