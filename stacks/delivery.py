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
from groundwork.contract.release import PLATFORM
from groundwork.environment import names
from groundwork.environment.file import Environment
from groundwork.google.build_file import BuildFile, read_build_file
from stacks.factory import Factory
from stacks.factory_settings import changes, told_to_builds
from stacks.platform_cd import PlatformCdBuilds, platform_cd
from stacks.request_topics import ASKED

Told = Mapping[str, pulumi.Output[dict[str, Any]]]
"""What the factory is told, by deployment."""


@dataclass(frozen=True, kw_only=True)
class Builds:
    """What pushes and the clock start."""

    evaluate: BuildFile
    changes: BuildFile
    pull: BuildFile
    reconcile: BuildFile
    asked: Mapping[str, BuildFile]
    """By what people ask for."""
    platform: PlatformCdBuilds

    def on(self, pool: pulumi.Input[str] | None) -> Builds:
        """Return them all for a private pool; None: Google's own machines."""
        platform = PlatformCdBuilds(preview=self.platform.preview.on(pool), up=self.platform.up.on(pool))
        evaluate, changes, pull, reconcile = (
            build.on(pool) for build in (self.evaluate, self.changes, self.pull, self.reconcile)
        )
        asked = {what: build.on(pool) for what, build in self.asked.items()}
        return Builds(evaluate=evaluate, changes=changes, pull=pull, reconcile=reconcile, asked=asked, platform=platform)


def read_builds() -> Builds:
    """Return the build files; raises GroundworkError for a mistake in one."""
    folder = PLATFORM / "cloudbuild"
    wanted = ("evaluate", "changes", "pull_request", "reconcile", "preview", "up", *ASKED)
    files = {name: read_build_file(folder / f"{name}.yaml") for name in wanted}
    platform = PlatformCdBuilds(preview=files["preview"], up=files["up"])
    asked = {what: files[what] for what in ASKED}
    evaluate, changes, pull, reconcile = (files[name] for name in ("evaluate", "changes", "pull_request", "reconcile"))
    return Builds(evaluate=evaluate, changes=changes, pull=pull, reconcile=reconcile, asked=asked, platform=platform)


def delivery(
    environment: Environment, services: Services, builds: Builds, factory: Factory, told: Told
) -> dict[str, BuildTrigger]:
    """Build it and return each deployment's trigger.

    A push to a branch of the chain that changes the platform's files, a pipeline's evaluation and tables among them, starts a
    trigger of its own, which tells what becomes of it. One that touches both starts both, and each says that it has to be split.
    On the branch of the platform's lane, where such a push is the merge of a reviewed one, the lane's own triggers take that
    one's place. A person's pull request to the chain's last branch is evaluated where what goes there is evaluated anyway.
    """
    told_in_full = {name: made.apply(told_to_builds) for name, made in told.items()}
    repository = _connection(environment, services).repository
    push = functools.partial(
        BuildTriggerArgs,
        project=environment.project,
        region=environment.region,
        repository=repository,
        branch=names.branches(environment.chain.own_branches),
        service_account=factory.identity.id_in_project,
    )
    evaluates = {
        name: push(
            trigger=names.trigger(name),
            description=f"A push to pipelines/{deployment.pipeline} is a candidate of {name}",
            build=builds.evaluate.fill(_FACTORY=told_in_full[name], _IMAGE=environment.platform_image),
            included_files=[f"pipelines/{deployment.pipeline}/**"],
            ignored_files=list(PLATFORM_FILES),
        )
        for name, deployment in environment.deployments.items()
    }
    unreviewed = [branch for branch in environment.chain.own_branches if branch != environment.platform_branch]
    elsewhere = push(
        trigger=names.PLATFORM_PUSH,
        description="A push of the platform's files is no candidate",
        build=builds.changes.fill(_FACTORY=changes(environment).model_dump_json(), _IMAGE=environment.platform_image),
        branch=names.branches(unreviewed),
        ignored_files=pipeline_files(),
    )
    pulls = {
        name: dataclasses.replace(
            evaluate,
            trigger=names.pull_trigger(name),
            description=f"A person's pull request to {environment.chain.branches[-1]} is a candidate of {name}",
            build=builds.pull.fill(_FACTORY=told_in_full[name], _IMAGE=environment.platform_image),
            on="pull_request",
            branch=names.branches(environment.chain.branches[-1:]),
        )
        for name, evaluate in evaluates.items()
        if environment.chain.branches[-2] in environment.chain.own_branches
    }
    first = services.before("cloudbuild")
    for name, pull in pulls.items():
        BuildTrigger(names.pull_trigger(name), pull, first)
    if unreviewed:
        BuildTrigger(names.PLATFORM_PUSH, elsewhere, first)
    platform_cd(environment, services, builds.platform, repository, factory.images)
    return {name: BuildTrigger(names.trigger(name), evaluates[name], first) for name in environment.deployments}


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
