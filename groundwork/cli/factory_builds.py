"""How commands start the factory's builds: by the same events as on Google, never directly."""

from __future__ import annotations

from collections.abc import Sequence

from groundwork.cli.context import CommandContext
from groundwork.cli.output import say
from groundwork.contract.factory_settings import Settings
from groundwork.environment.names import request_topic
from groundwork.errors import GroundworkError
from groundwork.ports.builds import Build


def wake(context: CommandContext, environment: str) -> list[Build]:
    """Reconcile every promotion of an environment now, and deliver the events that follow from it in any environment.

    Return the reconciliation's builds that failed.
    """
    projects = {settings.deployment.project for settings in context.factories(environment)}
    return [build for build in context.session.events.wake(projects) if build.status != "SUCCESS"]


def continue_promotions(context: CommandContext, environment: str) -> None:
    """Let the factory act on a change at once, which otherwise waits for the next scheduled reconciliation."""
    for build in wake(context, environment):
        say(
            f"build {build.id} of {build.trigger} ended as {build.status}: promotions did not advance; run `groundwork reconcile`"
        )


def request(context: CommandContext, settings: Settings, action: str, **attributes: str) -> list[Build]:
    """Ask the factory of a deployment for a `retry` or a `rollback`, by a message; return the builds that failed."""
    topic = f"projects/{settings.deployment.project}/topics/{request_topic(settings.deployment.name, action)}"
    return [build for build in context.session.events.publish(topic, attributes) if build.status != "SUCCESS"]


def builds_failed(code: str, builds: Sequence[Build]) -> GroundworkError:
    """Return the error for builds that did not succeed."""
    message = ", ".join(f"build {build.id} of {build.trigger} ended as {build.status}" for build in builds)
    return GroundworkError(code, message, f"read the build's log with `groundwork logs {builds[0].id}`")
