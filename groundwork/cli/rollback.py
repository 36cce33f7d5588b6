"""Return to the previous champion."""

from __future__ import annotations

from groundwork.cli.context import ambiguous_deployment, command_context
from groundwork.cli.factory_builds import builds_failed, request
from groundwork.cli.options import Deployment, Environment, Person, Reason
from groundwork.cli.output import say
from groundwork.cli.person import person_of


def rollback(reason: Reason, deployment: Deployment = None, person: Person = "", environment: Environment = "dev") -> None:
    """Return a deployment to its previous champion: alias, schedule and results, as a promotion of its own."""
    context = command_context()
    factories = context.factories(environment)
    matches = [settings for settings in factories if deployment in {None, settings.deployment.name}]
    if len(matches) != 1:
        names = [settings.deployment.name for settings in factories]
        raise ambiguous_deployment([settings.deployment for settings in matches], names, deployment or "")
    if failed := request(context, matches[0], "rollback", by=person_of(person), reason=reason):
        raise builds_failed("rollback-failed", failed)
    say(f"`{environment}` serves the previous champion again")
