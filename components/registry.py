"""Repositories of released artifacts: container images, compiled pipelines, Python packages.

Owns a repository and its clean-up policies. Does not own its content: releases push it, and it remains after a rollback.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_gcp as gcp


@dataclass(frozen=True, kw_only=True)
class RegistryArgs:
    """One repository."""

    repository: str
    """The repository's id, a part of each image's address."""

    project: str
    """The project that owns the repository."""

    location: str
    """The repository's region; builds in the same region pull without traffic between regions."""

    description: str
    """Content of the repository and its writers."""

    labels: Mapping[str, str]
    """Labels of client, environment and managing tool."""

    key: pulumi.Input[str] | None = None
    """Full name of the Cloud KMS key that encrypts images; the service's agent must have access to it. None: Google's own key."""

    holds: Literal["DOCKER", "KFP", "PYTHON"] = "DOCKER"
    """Container images, compiled pipelines, or Python packages."""

    keep: int = 20
    """The number of newest versions of each package that are never deleted, tagged or not."""

    protect: bool = True
    """Refuse to destroy or replace the repository, regardless of its content."""

    untagged_days: int | None = 90
    """Delete versions without a tag after this many days. None: never. Python packages have no tags and are never deleted."""

    def __post_init__(self) -> None:
        if self.keep < 1 or (self.untagged_days is not None and self.untagged_days < 1):
            raise ValueError("keep and untagged_days must be 1 or more; set untagged_days to None to keep every version")


class Registry(pulumi.ComponentResource):
    """A repository with immutable image tags.

    Produces `<name>` (gcp.artifactregistry.Repository).
    """

    repository: pulumi.Output[str]
    """The repository's id, for grants."""

    def __init__(self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:artifactregistry:Registry", name, {}, opts)

        repository = gcp.artifactregistry.Repository(
            name,
            repository_id=args.repository,
            project=args.project,
            location=args.location,
            format=args.holds,
            docker_config={"immutable_tags": True} if args.holds == "DOCKER" else None,
            cleanup_policies=_clean_up(args),
            description=args.description,
            labels=args.labels,
            kms_key_name=args.key,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )

        self.repository = repository.repository_id
        self.register_outputs({"repository": self.repository})


def _clean_up(args: RegistryArgs) -> list[gcp.artifactregistry.RepositoryCleanupPolicyArgsDict] | None:
    """Return the clean-up policies; a policy that keeps a version overrides one that deletes it.

    https://cloud.google.com/artifact-registry/docs/repositories/cleanup-policy-overview.
    """
    if args.holds == "PYTHON" or args.untagged_days is None:
        return None
    age = f"{args.untagged_days * 24 * 60 * 60}s"
    return [
        {"id": "delete-untagged", "action": "DELETE", "condition": {"tag_state": "UNTAGGED", "older_than": age}},
        {"id": "keep-newest", "action": "KEEP", "most_recent_versions": {"keep_count": args.keep}},
    ]
