"""Wake the factory on the twin: tell its triggers what people ask for, and hand over what the Git provider had to tell."""

from __future__ import annotations

import sys

from groundwork.cli.context import Here
from groundwork.contract.factory_settings import Settings
from groundwork.errors import GroundworkError
from groundwork.ports.builds import Build


def factories(place: Here, environment: str) -> list[Settings]:
    """Return the factory's settings of every deployment of an environment; raises GroundworkError before its first `up`."""
    given = place.stack(environment).outputs().get("factory") or {}
    if not given:
        raise GroundworkError(
            "no-factory",
            f"the environment `{environment}` has no factory on the twin",
            f"run `pulumi up --stack {environment}` first",
        )
    return [Settings.model_validate(each) for each in given.values()]


def wake(place: Here, environment: str) -> list[Build]:
    """Have every promotion of an environment moved, and everything that follows from that in any environment.

    By the scheduler's own way: what is published every five minutes on Google is published now. Return the builds of that which
    did not end well.
    """
    from groundwork.twin.cloudscheduler.scheduler import strike  # noqa: PLC0415  with the twin's builds, which most commands do without
    from groundwork.twin.core.store import Store  # noqa: PLC0415  as above

    projects = sorted({settings.deployment.project for settings in factories(place, environment)})
    ran = [build for project in projects for build in strike(Store(place.root), project, sys.stderr, lambda: "")]
    hand_over(place)
    return [build for build in ran if build.status != "SUCCESS"]


def run(place: Here, settings: Settings, what: str, **attributes: str) -> Build:
    """Ask the factory of a deployment for something, as a message does on Google; return the build, its log shown."""
    from groundwork.environment.names import asked  # noqa: PLC0415  loads Pulumi
    from groundwork.twin.core.store import Store  # noqa: PLC0415  as above
    from groundwork.twin.pubsub.delivery import publish  # noqa: PLC0415  as above

    topic = f"projects/{settings.deployment.project}/topics/{asked(settings.deployment.name, what)}"
    (build,) = publish(Store(place.root), None, topic, attributes, sys.stderr, lambda: "")
    return build


def hand_over(place: Here) -> None:
    """Run what the Git provider's events start, until there are none."""
    from groundwork.twin.core.store import Store  # noqa: PLC0415  as above
    from groundwork.twin.github.events import deliver  # noqa: PLC0415  only where something was merged

    deliver(Store(place.root), sys.stderr, lambda: "")
