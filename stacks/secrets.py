"""The credentials that a client's pipelines need, each for the deployments that it is for."""

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
    """Build them."""
    candidates = {id_: account.member for id_, account in factory.pool.items()}
    for name, wanted in environment.secrets.items():
        runners = {names.runner(each): deployed[each].member for each in wanted.deployments}
        Secret(
            names.secret_of(name),
            SecretArgs(
                secret=name,
                project=environment.project,
                location=environment.region,
                labels=labels,
                protect=environment.protect_data,
                key=base.key,
                readers={**runners, **(candidates if wanted.candidates else {})},
            ),
            base.services.before("secretmanager", "iam"),
        )
