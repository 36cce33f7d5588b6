"""What the factory's builds are told, as the triggers and the outputs hold it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pulumi

from groundwork.contract.factory_settings import Chain, ChangeSettings, Settings, Thresholds
from groundwork.environment.file import Environment
from groundwork.errors import GroundworkError
from stacks.deployment import Deployed
from stacks.factory import Factory

MOST = 4000
"""Characters that Cloud Build takes in one value, as far as it says so: for a substitution's. Of a variable's it says nothing."""


def settings(name: str, environment: Environment, factory: Factory, deployed: Deployed) -> pulumi.Output[dict[str, Any]]:
    """Return the fields of `contract.factory_settings.Settings` for a deployment, known once all that they name exists."""
    made = pulumi.Output.all(
        deployment=deployed.surroundings,
        training_views=factory.training_views.dataset,
        candidates=factory.candidates.url,
        records=factory.records.url,
        ledger=factory.ledger.url,
        identities=pulumi.Output.all(*[account.email for account in factory.pool.values()]),
        identity=factory.identity.email,
        images=factory.images,
        key=factory.key,
    )
    return made.apply(lambda made: _settings(name, environment, factory.labels, made))


def changes(environment: Environment) -> ChangeSettings:
    """Return what tells the lanes apart."""
    return ChangeSettings(
        repository=environment.repository.remote,
        git_provider_secret=f"projects/{environment.project}/secrets/{environment.repository.git_provider_secret}",
        chain=Chain(branches=environment.chain.branches, own_branches=environment.chain.own_branches),
    )


def told_to_builds(settings: Mapping[str, Any]) -> str:
    """Return settings as a build is told them; raises RunError where they are more than it takes."""
    text = json.dumps(settings, separators=(",", ":"))
    if len(text) > MOST:
        error = GroundworkError(
            "settings-too-long",
            f"what the factory of `{settings['deployment']['name']}` is told has {len(text)} characters; a build takes {MOST}",
            "name fewer reviewers, owners or identities in the environment's file: a group's address stands for many",
        )
        raise pulumi.RunError(str(error))
    return text


def _settings(name: str, environment: Environment, labels: Mapping[str, str], made: Mapping[str, Any]) -> dict[str, Any]:
    deployment = environment.deployments[name]
    return Settings(
        **{**made, "training_views": f"{environment.project}.{made['training_views']}"},
        environment=labels["environment"],
        labels=labels,
        **dict(changes(environment)),
        reviewers=environment.reviewers,
        cooldown_minutes=environment.factory.cooldown_minutes,
        next_reviewers=environment.next_reviewers or (),
        remind_days=environment.factory.remind_days,
        expire_days=environment.factory.expire_days,
        image=environment.platform_image,
        gate={metric: Thresholds(**bounds.model_dump()) for metric, bounds in deployment.gate.items()},
        schedule=deployment.schedule,
    ).model_dump(mode="json")
