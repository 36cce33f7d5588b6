"""Wake the factory on the twin: run one of its builds as its identity, and hand over what the forge had to tell."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from secrets import token_hex

from groundwork.cli.here import Here
from groundwork.cli.output import say
from groundwork.errors import GroundworkError
from groundwork.factory.released import build_file
from groundwork.factory.settings import Settings
from groundwork.ports.builds import Build, Submission


def factories(place: Here, stack: str) -> list[Settings]:
    """Return the factory's settings of every deployment of an environment; raises GroundworkError before its first `up`."""
    given = place.stack(stack).outputs().get("factory") or {}
    if not given:
        raise GroundworkError(
            "no-factory", f"the stack `{stack}` has no factory on the twin", f"run `pulumi up --stack {stack}` first"
        )
    return [Settings.model_validate(each) for each in given.values()]


def knock(place: Here, stack: str) -> list[Build]:
    """Have every promotion of an environment moved, and everything that follows from that in any environment.

    By the scheduler's own way: what is published every five minutes on Google is published now. Return the builds of that which
    did not end well.
    """
    from groundwork.twin.clock import strike  # noqa: PLC0415  with the twin's builds, which most commands do without
    from groundwork.twin.home import Home  # noqa: PLC0415  as above

    projects = sorted({settings.deployment.project for settings in factories(place, stack)})
    ran = [build for project in projects for build in strike(Home(place.root), project, sys.stderr, lambda: "")]
    hand_over(place)
    return [build for build in ran if build.status != "SUCCESS"]


def run(place: Here, settings: Settings, name: str, **substitutions: str) -> Build:
    """Run one of the factory's build files as its identity, with its log shown; return the build."""
    build = build_file(name)
    submission = Submission(
        key=f"{name}-{settings.deployment.name}-{datetime.now(UTC):%Y%m%d%H%M%S}-{token_hex(3)}",
        project=settings.deployment.project,
        region=settings.deployment.region,
        repository=settings.repository,
        branch="",
        commit="",
        build=build,
        substitutions={"_FACTORY": settings.model_dump_json(), "_IMAGE": settings.image, **substitutions},
        service_account=settings.identity,
    )
    return place.platform.builds.submit(submission, say)


def hand_over(place: Here) -> None:
    """Run what the forge's events start, until there are none."""
    from groundwork.twin.events import deliver  # noqa: PLC0415  only where something was merged
    from groundwork.twin.home import Home  # noqa: PLC0415  as above

    deliver(Home(place.root), sys.stderr, lambda: "")
