"""How the client's code gets in: the connection to its repository, and the triggers that hand what is pushed to the factory."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.build_trigger import BuildTrigger, BuildTriggerArgs
from components.repository_connection import RepositoryConnection, RepositoryConnectionArgs
from components.services import Services
from groundwork.contract.change_scope import PLATFORM_FILES, pipeline_files
from groundwork.environment import names
from groundwork.environment.file import Environment
from groundwork.environment.table_schemas import ROOT
from groundwork.google.build_file import BuildFile, read_build_file
from stacks.factory import Factory
from stacks.factory_settings import lane, told_to_builds
from stacks.platform_cd import LaneBuilds, platform_lane
from stacks.request_topics import ASKED

Told = Mapping[str, pulumi.Output[dict[str, Any]]]
"""What the factory is told, by deployment."""


@dataclass(frozen=True, kw_only=True)
class Builds:
    """What pushes and the clock start."""

    judge: BuildFile
    lane: BuildFile
    pull: BuildFile
    tick: BuildFile
    asked: Mapping[str, BuildFile]
    """By what people ask for."""
    platform: LaneBuilds

    def on(self, pool: pulumi.Input[str] | None) -> Builds:
        """Return them all for a private pool; None: Google's own machines."""
        platform = LaneBuilds(preview=self.platform.preview.on(pool), up=self.platform.up.on(pool))
        judge, lane, pull, tick = (build.on(pool) for build in (self.judge, self.lane, self.pull, self.tick))
        asked = {what: build.on(pool) for what, build in self.asked.items()}
        return Builds(judge=judge, lane=lane, pull=pull, tick=tick, asked=asked, platform=platform)


def read_builds() -> Builds:
    """Return the build files; raises GroundworkError for a mistake in one."""
    folder = ROOT / "cloudbuild"
    wanted = ("judge", "lane", "pull", "tick", "preview", "up", *ASKED)
    files = {name: read_build_file(folder / f"{name}.yaml") for name in wanted}
    platform = LaneBuilds(preview=files["preview"], up=files["up"])
    asked = {what: files[what] for what in ASKED}
    judge, lane, pull, tick = (files[name] for name in ("judge", "lane", "pull", "tick"))
    return Builds(judge=judge, lane=lane, pull=pull, tick=tick, asked=asked, platform=platform)


def delivery(
    environment: Environment, services: Services, builds: Builds, factory: Factory, told: Told
) -> dict[str, BuildTrigger]:
    """Build it and return each deployment's trigger.

    A push to a branch of the chain that changes the platform's files, a pipeline's judgement and tables among them, starts a
    trigger of its own, which tells what becomes of it. One that touches both starts both, and each says that it has to be split.
    On the branch of the platform's lane, where such a push is the merge of a reviewed one, the lane's own triggers take that
    one's place. A person's pull request to the chain's last branch is judged where what goes there is judged anyway.
    """
    told_in_full = {name: made.apply(told_to_builds) for name, made in told.items()}
    repository = _connection(environment, services).repository
    push = functools.partial(
        BuildTriggerArgs,
        project=environment.project,
        region=environment.region,
        repository=repository,
        branch=names.branches(environment.chain.here),
        service_account=factory.identity.id_in_project,
    )
    judges = {
        name: push(
            trigger=names.trigger(name),
            description=f"A push to pipelines/{deployment.pipeline} is a candidate of {name}",
            build=builds.judge.fill(_FACTORY=told_in_full[name], _IMAGE=environment.platform_image),
            included_files=[f"pipelines/{deployment.pipeline}/**"],
            ignored_files=list(PLATFORM_FILES),
        )
        for name, deployment in environment.deployments.items()
    }
    unreviewed = [branch for branch in environment.chain.here if branch != environment.platform_branch]
    elsewhere = push(
        trigger=names.LANE,
        description="A push of the platform's files is no candidate",
        build=builds.lane.fill(_FACTORY=lane(environment).model_dump_json(), _IMAGE=environment.platform_image),
        branch=names.branches(unreviewed),
        ignored_files=pipeline_files(),
    )
    pulls = {
        name: dataclasses.replace(
            judge,
            trigger=names.pull_trigger(name),
            description=f"A person's pull request to {environment.chain.branches[-1]} is a candidate of {name}",
            build=builds.pull.fill(_FACTORY=told_in_full[name], _IMAGE=environment.platform_image),
            on="pull_request",
            branch=names.branches(environment.chain.branches[-1:]),
        )
        for name, judge in judges.items()
        if environment.chain.branches[-2] in environment.chain.here
    }
    first = services.before("cloudbuild")
    for name, pull in pulls.items():
        BuildTrigger(names.pull_trigger(name), pull, first)
    if unreviewed:
        BuildTrigger(names.LANE, elsewhere, first)
    platform_lane(environment, services, builds.platform, repository, factory.images)
    return {name: BuildTrigger(names.trigger(name), judges[name], first) for name in environment.deployments}


def _connection(environment: Environment, services: Services) -> RepositoryConnection:
    return RepositoryConnection(
        "github",
        RepositoryConnectionArgs(
            connection="github",
            project=environment.project,
            region=environment.region,
            installation_id=environment.repository.installation_id,
            token_secret=environment.repository.token_secret,
            repository=environment.repository.name,
            remote=environment.repository.remote,
        ),
        services.before("cloudbuild", "secretmanager", "serviceusage"),
    )
