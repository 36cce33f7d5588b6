"""Read-only access for the repository's CI outside Google Cloud: an identity without a key."""

from __future__ import annotations

import pulumi

from components.federation import Federation, FederationArgs, condition
from components.service_account import ServiceAccount, ServiceAccountArgs
from groundwork.environment import names
from groundwork.environment.file import Environment
from groundwork.environment.sections.federation import Federation as Section
from stacks.foundation import Foundation


def federation(environment: Environment, base: Foundation) -> None:
    """Build it, if the environment file has the section. The output `federation` contains the settings for CI.

    CI reads builds and images. With platform CD it also reads the stack's state, so that it can preview.
    """
    section, changes = environment.federation, environment.platform_cd
    if section is None:
        return
    apis = ("iam", "iamcredentials", "sts", "cloudresourcemanager", "artifactregistry", "cloudbuild", "storage")
    first = base.services.before(*apis)
    identity = ServiceAccount(
        names.CI,
        ServiceAccountArgs(
            account_id=names.CI,
            project=environment.project,
            display_name="CI of the repository, outside Google Cloud; read-only",
            roles={"builds": "roles/cloudbuild.builds.viewer"},
            buckets={"state": changes.state.removeprefix("gs://")} if changes else {},
            pulls={"images": base.images.repository},
            region=environment.region,
        ),
        first,
    )
    access = Federation("federation", _args(environment, section, identity.id_in_project), first)
    pulumi.export("federation", {"provider": access.provider, "identity": identity.email})


def let_in(environment: Environment) -> str | None:
    """Return the condition for tokens from outside Google Cloud; None if no token is accepted."""
    return condition(_args(environment, environment.federation, names.CI)) if environment.federation else None


def _args(environment: Environment, section: Section, identity: pulumi.Input[str]) -> FederationArgs:
    return FederationArgs(
        pool=section.pool,
        project=environment.project,
        repository=environment.repository.remote.removeprefix("https://github.com/").removesuffix(".git"),
        repository_id=section.repository_id,
        branches=section.branches,
        protect=environment.protect_data,
        identity=identity,
    )
