"""Platform changes: a pull request is previewed by an identity that can change nothing, a merge is applied by the deployer."""

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
from groundwork.environment.sections.platform_cd import PlatformCd
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
    "federation": "roles/iam.workloadIdentityPoolAdmin",
    "firewall": "roles/compute.securityAdmin",
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
"""The deployer's roles: creating, changing and deleting an environment's resources. A person grants them with the first `up`: no
admin role is in `GRANTABLE`, so the deployer cannot grant itself one. Resources above the project, and those that outlive it, are
managed by a person: the project itself, organisation policies, the billing account, keys."""

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
"""The roles that the program grants on the project, and the only ones that the deployer may grant there."""


@dataclass(frozen=True, kw_only=True)
class PlatformCdBuilds:
    """The builds that pull requests and merges start."""

    preview: BuildFile
    up: BuildFile


def platform_cd(
    environment: Environment,
    services: Services,
    builds: PlatformCdBuilds,
    repository: pulumi.Input[str],
    images: pulumi.Input[str],
) -> None:
    """Build the identities and triggers, if the environment file has the section.

    No member has `actAs` on either identity: only these triggers use them, and a submitted build cannot. Running a trigger needs
    no `actAs`: an identity that may create builds can start the deployer's trigger, on any commit, which then waits for approval;
    no such identity may also approve.
    """
    section, branch = environment.platform_cd, environment.platform_branch
    if section is None or branch is None:
        return
    first = services.before("cloudbuild", "iam", "cloudresourcemanager", "artifactregistry", "logging", "storage")
    previewer = _previewer(environment, section, images, first)
    deployer = _deployer(environment, images, first)
    trigger = functools.partial(
        BuildTriggerArgs,
        project=environment.project,
        region=environment.region,
        repository=repository,
        branch=names.branches([branch]),
        ignored_files=pipeline_files(),
    )
    values = {"_IMAGE": environment.platform_image, "_STACK": pulumi.get_stack(), "_STATE": section.state}
    preview = trigger(
        trigger=names.PREVIEW,
        description=f"A pull request to {branch} of the platform's files is previewed",
        build=builds.preview.fill(**values),
        on="pull_request",
        service_account=previewer.id_in_project,
    )
    up = trigger(
        trigger=names.UP,
        description=f"A merge into {branch} of the platform's files is applied",
        build=builds.up.fill(**values),
        approval=True,
        service_account=deployer.id_in_project,
    )
    BuildTrigger(names.PREVIEW, preview, first)
    BuildTrigger(names.UP, up, first)


def _previewer(
    environment: Environment, section: PlatformCd, images: pulumi.Input[str], options: pulumi.ResourceOptions
) -> ServiceAccount:
    return ServiceAccount(
        names.PREVIEWER,
        ServiceAccountArgs(
            account_id=names.PREVIEWER,
            project=environment.project,
            display_name="Previews the platform's pull requests; changes nothing",
            roles={"logs": "roles/logging.logWriter", **of_pool(environment)},
            buckets={"state": section.state.removeprefix("gs://")},
            pulls={"images": images},
            region=environment.region,
        ),
        options,
    )


def _deployer(environment: Environment, images: pulumi.Input[str], options: pulumi.ResourceOptions) -> Deployer:
    return Deployer(
        names.DEPLOYER,
        DeployerArgs(
            account_id=names.DEPLOYER,
            project=environment.project,
            region=environment.region,
            roles={**ROLES, **of_pool(environment)},
            grantable=GRANTABLE,
            pulls={"images": images},
        ),
        options,
    )
