"""Repositories of what is released: container images, compiled pipelines, Python packages.

Owns a repository and the rules by which it is cleaned up. Does not own what is in it: releases push that, and it stays when a
release goes.
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
    """Its id, a part of each image's address."""

    project: str
    """The project that owns it."""

    location: str
    """Region; builds in it pull without leaving it."""

    description: str
    """What is in it and who pushes there."""

    labels: Mapping[str, str]
    """Whose it is and what manages it."""

    key: pulumi.Input[str] | None = None
    """Full name of the Cloud KMS key that encrypts images; None: Google's own. Its service's agent may use it already."""

    holds: Literal["DOCKER", "KFP", "PYTHON"] = "DOCKER"
    """Container images, compiled pipelines, or Python packages."""

    keep: int = 20
    """The newest versions of each package that are never cleaned up, tagged or not."""

    protect: bool = True
    """Refuse to destroy or replace it, whatever is in it."""

    untagged_days: int | None = 90
    """Delete versions without a tag after so many days. None: never. Python packages have no tags, and are never deleted."""

    def __post_init__(self) -> None:
        if self.keep < 1 or (self.untagged_days is not None and self.untagged_days < 1):
            raise ValueError("keep and untagged_days are at least 1; without untagged_days everything is kept")


class Registry(pulumi.ComponentResource):
    """A repository; tags of images cannot be moved.

    Produces `<name>` (gcp.artifactregistry.Repository).
    """

    repository: pulumi.Output[str]
    """Its id, to grant on."""

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
    """Return the rules; keeping wins over deleting.

    https://cloud.google.com/artifact-registry/docs/repositories/cleanup-policy-overview.
    """
    if args.holds == "PYTHON" or args.untagged_days is None:
        return None
    age = f"{args.untagged_days * 24 * 60 * 60}s"
    return [
        {"id": "delete-untagged", "action": "DELETE", "condition": {"tag_state": "UNTAGGED", "older_than": age}},
        {"id": "keep-newest", "action": "KEEP", "most_recent_versions": {"keep_count": args.keep}},
    ]
