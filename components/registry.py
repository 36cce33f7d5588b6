"""The repository of the container images that an environment runs.

Owns the repository. Does not own images: releases push them, and they stay when a release goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp


@dataclass(frozen=True, kw_only=True)
class RegistryArgs:
    """One repository of container images."""

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


class Registry(pulumi.ComponentResource):
    """A repository of container images whose tags cannot be moved.

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
            format="DOCKER",
            docker_config={"immutable_tags": True},
            description=args.description,
            labels=args.labels,
            kms_key_name=args.key,
            opts=pulumi.ResourceOptions(parent=self),
        )

        self.repository = repository.repository_id
        self.register_outputs({"repository": self.repository})
