"""The settings of the factory's builds, for triggers and for the stack's outputs."""

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
"""Maximum length of a substitution in Cloud Build, in characters. It documents no limit for environment variables."""


def deployment_settings(
    name: str, environment: Environment, factory: Factory, deployed: Deployed
) -> pulumi.Output[dict[str, Any]]:
    """Return the fields of `contract.factory_settings.Settings` for a deployment, known once all named resources exist."""
    outputs = pulumi.Output.all(
        deployment=deployed.context,
        training_views=factory.training_views.dataset,
        candidates=factory.candidates.url,
        records=factory.records.url,
        ledger=factory.ledger.url,
        identities=pulumi.Output.all(*[account.email for account in factory.pool.values()]),
        identity=factory.identity.email,
        images=factory.images,
        key=factory.key,
    )
    return outputs.apply(lambda values: _settings(name, environment, factory.labels, values))


def change_settings(environment: Environment) -> ChangeSettings:
    """Return the settings that distinguish pipeline changes from platform changes."""
    return ChangeSettings(
        repository=environment.repository.remote,
        git_provider_secret=f"projects/{environment.project}/secrets/{environment.repository.git_provider_secret}",
        chain=Chain(branches=environment.chain.branches, own_branches=environment.chain.own_branches),
    )


def build_settings(settings: Mapping[str, Any]) -> str:
    """Return settings as text for a build; raises RunError if they are too long."""
    text = json.dumps(settings, separators=(",", ":"))
    if len(text) > MOST:
        error = GroundworkError(
            "settings-too-large",
            f"the factory settings of `{settings['deployment']['name']}` have {len(text)} characters; a build takes {MOST}",
            "list fewer reviewers, owners or identities in the environment file, or the address of a group",
        )
        raise pulumi.RunError(str(error))
    return text


def _settings(name: str, environment: Environment, labels: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
    deployment = environment.deployments[name]
    return Settings(
        **{**values, "training_views": f"{environment.project}.{values['training_views']}"},
        environment=labels["environment"],
        labels=labels,
        **dict(change_settings(environment)),
        reviewers=environment.reviewers,
        cooldown_minutes=environment.factory.cooldown_minutes,
        next_reviewers=environment.next_reviewers or (),
        remind_days=environment.factory.remind_days,
        expire_days=environment.factory.expire_days,
        image=environment.platform_image,
        gate={metric: Thresholds(**thresholds.model_dump()) for metric, thresholds in deployment.gate.items()},
        schedule=deployment.schedule,
    ).model_dump(mode="json")
