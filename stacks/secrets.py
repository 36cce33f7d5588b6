"""The credentials of a client's pipelines, each with the deployments that may read it."""

from __future__ import annotations

from collections.abc import Mapping

from components.secret import Secret, SecretArgs
from groundwork.environment import names
from groundwork.environment.file import Environment
from stacks.deployment import Deployed
from stacks.factory import Factory
from stacks.foundation import Foundation


def secrets(
    environment: Environment, base: Foundation, deployed: Mapping[str, Deployed], factory: Factory, labels: Mapping[str, str]
) -> None:
    """Build the secrets."""
    candidates = {id_: account.member for id_, account in factory.pool.items()}
    for name, section in environment.secrets.items():
        runners = {names.runner(deployment): deployed[deployment].member for deployment in section.deployments}
        Secret(
            names.secret_of(name),
            SecretArgs(
                secret=name,
                project=environment.project,
                location=environment.region,
                labels=labels,
                protect=environment.protect_data,
                key=base.key,
                readers={**runners, **(candidates if section.candidates else {})},
            ),
            base.services.before("secretmanager", "iam"),
        )
