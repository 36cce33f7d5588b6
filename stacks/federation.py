"""Who outside of Google may look in: the repository's CI, as an identity that reads and has no key."""

from __future__ import annotations

import pulumi

from components.federation import Federation, FederationArgs, condition
from components.service_account import ServiceAccount, ServiceAccountArgs
from groundwork.environment import names
from groundwork.environment.file import Environment
from groundwork.environment.sections.federation import Federation as Section
from stacks.foundation import Foundation


def federation(environment: Environment, base: Foundation) -> None:
    """Build it, where the environment's file has the section; what CI has to be told is the output `federation`.

    CI sees builds and images and, where there is a lane, the stack's state, so that it can preview.
    """
    wanted, changes = environment.federation, environment.platform_cd
    if wanted is None:
        return
    apis = ("iam", "iamcredentials", "sts", "cloudresourcemanager", "artifactregistry", "cloudbuild", "storage")
    first = base.services.before(*apis)
    identity = ServiceAccount(
        names.CI,
        ServiceAccountArgs(
            account_id=names.CI,
            project=environment.project,
            display_name="The repository's own CI, outside of Google; reads",
            roles={"builds": "roles/cloudbuild.builds.viewer"},
            buckets={"state": changes.state.removeprefix("gs://")} if changes else {},
            pulls={"images": base.images.repository},
            region=environment.region,
        ),
        first,
    )
    made = Federation("federation", _args(environment, wanted, identity.id_in_project), first)
    pulumi.export("federation", {"provider": made.provider, "identity": identity.email})


def let_in(environment: Environment) -> str | None:
    """Return the condition by which tokens from outside are taken; None: none is."""
    return condition(_args(environment, environment.federation, names.CI)) if environment.federation else None


def _args(environment: Environment, wanted: Section, identity: pulumi.Input[str]) -> FederationArgs:
    return FederationArgs(
        pool=wanted.pool,
        project=environment.project,
        repository=environment.repository.remote.removeprefix("https://github.com/").removesuffix(".git"),
        repository_id=wanted.repository_id,
        branches=wanted.branches,
        protect=environment.protect_data,
        identity=identity,
    )
