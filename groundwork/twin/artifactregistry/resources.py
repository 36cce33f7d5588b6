"""Artifact Registry: a repository of images is a checked record; the twin runs builds from its own checkout, not from images."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from groundwork.twin.core.resource_type import Fault, Properties, ResourceType, dig, known

AGE = re.compile(r"[0-9]+[smhd]")


class Repository(ResourceType):
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
    supported = {"format": re.compile("DOCKER|KFP|PYTHON|GENERIC"), "mode": re.compile("STANDARD_REPOSITORY")}

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return f"projects/{given['project']}/locations/{given['location']}/repositories/{given['repositoryId']}"

    def faults(self, given: Properties) -> Iterator[Fault]:
        """Yield rules of cleaning up that Google refuses, and settings of images where there are none."""
        if given.get("dockerConfig") is not None and known(given["format"]) and given["format"] != "DOCKER":
            yield Fault("dockerConfig", f"`docker_config` is for repositories of images, not of {given['format']}")
        policies = given.get("cleanupPolicies") or []
        if not known(policies):
            return
        twice = [id_ for id_, count in Counter(policy.get("id") for policy in policies).items() if count > 1]
        yield from (Fault("cleanupPolicies", f"there are two policies `{id_}`") for id_ in twice)
        for policy in policies:
            yield from (Fault("cleanupPolicies", f"policy `{policy.get('id')}` {reason}") for reason in _policy(policy))

    def outputs(self, given: Properties) -> Properties:
        """Return the short name, and where images are pushed to."""
        where = f"{given['location']}-{given['format'].lower()}.pkg.dev"
        return {"name": given["repositoryId"], "registryUri": f"{where}/{given['project']}/{given['repositoryId']}"}


def _policy(policy: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with one: https://cloud.google.com/artifact-registry/docs/repositories/cleanup-policy."""
    newest, condition = policy.get("mostRecentVersions"), policy.get("condition")
    if policy.get("action") not in {"DELETE", "KEEP"}:
        yield "needs an `action`, DELETE or KEEP"
    if (newest is None) == (condition is None):
        yield "has a `condition` or `most_recent_versions`, and only one"
    if newest is not None and policy.get("action") == "DELETE":
        yield "deletes the most recent versions: those can be kept only"
    age = dig(policy, "condition.olderThan")
    if age is not None and not AGE.fullmatch(age):
        yield f"has an age of `{age}`; write seconds or days, such as 86400s or 1d"
