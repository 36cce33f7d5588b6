"""Artifact Registry: a repository of images is a checked record; the twin runs builds from its own checkout, not from images."""

from __future__ import annotations

import re

from groundwork.twin.services.kind import REGION, Kind, Properties


class Repository(Kind):
    """A repository of container images, or of a compiled pipeline's files."""

    type = "gcp:artifactregistry/repository:Repository"
    api = "artifactregistry.googleapis.com"
    required = frozenset({"repositoryId", "format", "location"})
    optional = frozenset(
        {
            "cleanupPolicies",
            "cleanupPolicyDryRun",
            "description",
            "dockerConfig",
            "kmsKeyName",
            "labels",
            "vulnerabilityScanningConfig",
        }
    )
    immutable = frozenset({"repositoryId", "format", "kmsKeyName", "location"})
    encrypted_by = "kmsKeyName"
    key_agents = ("artifactregistry",)
    defaults = {"mode": "STANDARD_REPOSITORY"}
    patterns = {
        "repositoryId": re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?"),
        "format": re.compile("DOCKER|KFP|PYTHON|GENERIC"),
        "location": re.compile(f"{REGION.pattern}|us|europe|asia"),
        "mode": re.compile("STANDARD_REPOSITORY"),
    }

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return f"projects/{given['project']}/locations/{given['location']}/repositories/{given['repositoryId']}"

    def outputs(self, given: Properties) -> Properties:
        """Return the short name, and where images are pushed to."""
        where = f"{given['location']}-{given['format'].lower()}.pkg.dev"
        return {"name": given["repositoryId"], "registryUri": f"{where}/{given['project']}/{given['repositoryId']}"}
