"""How the client's code gets in: the connection to its repository, and a trigger for each deployment."""

from __future__ import annotations

import json
from collections.abc import Mapping

from components.build_file import BuildFile
from components.build_trigger import BuildTrigger, BuildTriggerArgs
from components.connection import RepositoryConnection, RepositoryConnectionArgs
from components.services import Services
from stacks import names
from stacks.config import Environment
from stacks.deployment import Deployed


def delivery(
    environment: Environment, services: Services, deployed: Mapping[str, Deployed], candidate: BuildFile
) -> dict[str, BuildTrigger]:
    """Build it and return each deployment's trigger."""
    github = RepositoryConnection(
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
    return {
        name: BuildTrigger(
            names.trigger(name),
            BuildTriggerArgs(
                trigger=names.trigger(name),
                project=environment.project,
                region=environment.region,
                description=f"A push to pipelines/{deployment.pipeline} is a candidate of {name}",
                build=candidate,
                repository=github.repository,
                branch=environment.delivery.push,
                included_files=[f"pipelines/{deployment.pipeline}/**"],
                service_account=deployed[name].runner,
                substitutions={
                    "_DEPLOYMENT": deployed[name].surroundings.apply(json.dumps),
                    "_IMAGE": environment.platform_image,
                    "_TARGET": environment.delivery.target,
                },
            ),
            services.before("cloudbuild"),
        )
        for name, deployment in environment.deployments.items()
    }
