"""The platform's own lane: a pull request is previewed by one who can change nothing, a merge is brought up by the deployer."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.build_trigger import BuildTrigger, BuildTriggerArgs
from components.deployer import Deployer, DeployerArgs
from components.service_account import ServiceAccount, ServiceAccountArgs
from components.services import Services
from groundwork.contract.change_scope import pipeline_files
from groundwork.environment import names
from groundwork.environment.file import Environment
from groundwork.google.build_file import BuildFile
from stacks.network import of_pool

ROLES: Mapping[str, str] = {
    "accounts": "roles/iam.serviceAccountAdmin",
    "acts": "roles/iam.serviceAccountUser",
    "alerts": "roles/monitoring.editor",
    "apis": "roles/serviceusage.serviceUsageAdmin",
    "builds": "roles/cloudbuild.builds.editor",
    "clock": "roles/cloudscheduler.admin",
    "connections": "roles/cloudbuild.connectionAdmin",
    "data": "roles/bigquery.dataOwner",
    "interfaces": "roles/compute.securityAdmin",
    "federation": "roles/iam.workloadIdentityPoolAdmin",
    "images": "roles/artifactregistry.admin",
    "lines": "roles/logging.logWriter",
    "logs": "roles/logging.configWriter",
    "models": "roles/aiplatform.admin",
    "network": "roles/compute.networkAdmin",
    "notebooks": "roles/notebooks.admin",
    "peering": "roles/servicenetworking.networksAdmin",
    "pools": "roles/cloudbuild.workerPoolOwner",
    "roles": "roles/iam.roleAdmin",
    "secrets": "roles/secretmanager.admin",
    "storage": "roles/storage.admin",
    "topics": "roles/pubsub.admin",
}
"""All that the deployer has: what making, changing and rolling back an environment's resources takes. A person grants them, with
the first `up`: no administrator's is in `GRANTABLE`, so that the deployer can give itself none. What lies above the project, or
outlives it, is a person's: the project itself, organisation policies, the billing account, keys."""

GRANTABLE = (
    "roles/aiplatform.user",
    "roles/bigquery.jobUser",
    "roles/bigquery.user",
    "roles/cloudbuild.builds.approver",
    "roles/cloudbuild.builds.editor",
    "roles/cloudbuild.builds.viewer",
    "roles/cloudbuild.workerPoolUser",
    "roles/logging.logWriter",
    "roles/logging.privateLogViewer",
    "roles/logging.viewer",
    "roles/storage.objectViewer",
)
"""The roles that the program grants on the whole project to others, and so the only ones that the deployer may grant there."""


@dataclass(frozen=True, kw_only=True)
class PlatformCdBuilds:
    """What pull requests and merges start."""

    preview: BuildFile
    up: BuildFile


def platform_cd(
    environment: Environment,
    services: Services,
    builds: PlatformCdBuilds,
    repository: pulumi.Input[str],
    images: pulumi.Input[str],
) -> None:
    """Build it, where the environment's file has the section.

    Nobody may act as either identity: only these triggers have them, and a build that somebody submits cannot name them. Running
    a trigger takes no such right: whoever may create builds can have the deployer's wait for approval, on any commit, and nobody
    who may do that may also approve.
    """
    wanted, branch = environment.platform_cd, environment.platform_branch
    if wanted is None or branch is None:
        return
    first = services.before("cloudbuild", "iam", "cloudresourcemanager", "artifactregistry", "logging", "storage")
    project, region = environment.project, environment.region
    previewer = ServiceAccount(
        names.PREVIEWER,
        ServiceAccountArgs(
            account_id=names.PREVIEWER,
            project=project,
            display_name="Previews the platform's pull requests; changes nothing",
            roles={"logs": "roles/logging.logWriter", **of_pool(environment)},
            buckets={"state": wanted.state.removeprefix("gs://")},
            pulls={"images": images},
            region=region,
        ),
        first,
    )
    deployer = Deployer(
        names.DEPLOYER,
        DeployerArgs(
            account_id=names.DEPLOYER,
            project=project,
            region=region,
            roles={**ROLES, **of_pool(environment)},
            grantable=GRANTABLE,
            pulls={"images": images},
        ),
        first,
    )
    trigger = functools.partial(
        BuildTriggerArgs,
        project=project,
        region=region,
        repository=repository,
        branch=names.branches([branch]),
        ignored_files=pipeline_files(),
    )
    told = {"_IMAGE": environment.platform_image, "_STACK": pulumi.get_stack(), "_STATE": wanted.state}
    preview = trigger(
        trigger=names.PREVIEW,
        description=f"A pull request to {branch} of the platform's files is previewed",
        build=builds.preview.fill(**told),
        on="pull_request",
        service_account=previewer.id_in_project,
    )
    up = trigger(
        trigger=names.UP,
        description=f"A merge into {branch} of the platform's files is brought up",
        build=builds.up.fill(**told),
        approval=True,
        service_account=deployer.id_in_project,
    )
    BuildTrigger(names.PREVIEW, preview, first)
    BuildTrigger(names.UP, up, first)
