"""The connection to the client's repository, and the triggers that start the factory's builds for its pushes."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
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
from stacks.factory_settings import build_settings, change_settings
from stacks.platform_cd import PlatformCdBuilds, platform_cd
from stacks.request_topics import REQUESTS

Settings = Mapping[str, pulumi.Output[dict[str, Any]]]
"""The factory's settings, by deployment."""


@dataclass(frozen=True, kw_only=True)
class Builds:
    """The builds that pushes, people and the schedule start."""

    evaluate: BuildFile
    changes: BuildFile
    pull: BuildFile
    reconcile: BuildFile
    requests: Mapping[str, BuildFile]
    """By people's request."""
    platform: PlatformCdBuilds

    def on(self, pool: pulumi.Input[str] | None) -> Builds:
        """Return them all for a private pool; None: Google's own machines."""
        platform = PlatformCdBuilds(preview=self.platform.preview.on(pool), up=self.platform.up.on(pool))
        evaluate, changes, pull, reconcile = (
            build.on(pool) for build in (self.evaluate, self.changes, self.pull, self.reconcile)
        )
        requests = {request: build.on(pool) for request, build in self.requests.items()}
        return Builds(evaluate=evaluate, changes=changes, pull=pull, reconcile=reconcile, requests=requests, platform=platform)


def read_builds() -> Builds:
    """Return the build files; raises GroundworkError for a mistake in one."""
    folder = PLATFORM / "cloudbuild"
    every = ("evaluate", "changes", "pull_request", "reconcile", "preview", "up", *REQUESTS)
    files = {name: read_build_file(folder / f"{name}.yaml") for name in every}
    platform = PlatformCdBuilds(preview=files["preview"], up=files["up"])
    requests = {request: files[request] for request in REQUESTS}
    evaluate, changes, pull, reconcile = (files[name] for name in ("evaluate", "changes", "pull_request", "reconcile"))
    return Builds(evaluate=evaluate, changes=changes, pull=pull, reconcile=reconcile, requests=requests, platform=platform)


def delivery(
    environment: Environment, services: Services, builds: Builds, factory: Factory, settings: Settings
) -> dict[str, BuildTrigger]:
    """Build the connection and the triggers; return each deployment's trigger.

    A push that changes platform files, including a pipeline's evaluation and tables, starts a trigger that explains what happens
    to it. A push with both starts both triggers, and each asks to split it. On the branch of platform changes, where such a push
    is the merge of a reviewed pull request, the triggers of platform CD take that one's place.
    """
    repository = _connection(environment, services).repository
    push = functools.partial(
        BuildTriggerArgs,
        project=environment.project,
        region=environment.region,
        repository=repository,
        branch=names.branches(environment.chain.own_branches),
        service_account=factory.identity.id_in_project,
    )
    texts = {name: values.apply(build_settings) for name, values in settings.items()}
    pushes = {name: _push(name, environment, builds.evaluate, push, text) for name, text in texts.items()}
    first = services.before("cloudbuild")
    if environment.chain.branches[-2] in environment.chain.own_branches:
        for name, text in texts.items():
            BuildTrigger(names.pull_trigger(name), _pull(name, environment, builds.pull, pushes[name], text), first)
    if unreviewed := [branch for branch in environment.chain.own_branches if branch != environment.platform_branch]:
        BuildTrigger(names.PLATFORM_PUSH, _platform_push(environment, builds.changes, push, unreviewed), first)
    platform_cd(environment, services, builds.platform, repository, factory.images)
    return {name: BuildTrigger(names.trigger(name), pushes[name], first) for name in environment.deployments}


def _push(
    name: str, environment: Environment, build: BuildFile, push: Callable[..., BuildTriggerArgs], text: pulumi.Output[str]
) -> BuildTriggerArgs:
    pipeline = environment.deployments[name].pipeline
    return push(
        trigger=names.trigger(name),
        description=f"A push to pipelines/{pipeline} is a candidate of {name}",
        build=build.fill(_FACTORY=text, _IMAGE=environment.platform_image),
        included_files=[f"pipelines/{pipeline}/**"],
        ignored_files=list(PLATFORM_FILES),
    )


def _pull(
    name: str, environment: Environment, build: BuildFile, push: BuildTriggerArgs, text: pulumi.Output[str]
) -> BuildTriggerArgs:
    """Return the trigger of people's pull requests to the last branch, built where the branch before it is evaluated."""
    return dataclasses.replace(
        push,
        trigger=names.pull_trigger(name),
        description=f"A person's pull request to {environment.chain.branches[-1]} is a candidate of {name}",
        build=build.fill(_FACTORY=text, _IMAGE=environment.platform_image),
        on="pull_request",
        branch=names.branches(environment.chain.branches[-1:]),
    )


def _platform_push(
    environment: Environment, build: BuildFile, push: Callable[..., BuildTriggerArgs], branches: Sequence[str]
) -> BuildTriggerArgs:
    return push(
        trigger=names.PLATFORM_PUSH,
        description="A push of the platform's files is not a candidate",
        build=build.fill(_FACTORY=change_settings(environment).model_dump_json(), _IMAGE=environment.platform_image),
        branch=names.branches(branches),
        ignored_files=pipeline_files(),
    )


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
