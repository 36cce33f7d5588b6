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

    def id(self, inputs: Properties) -> str:
        """Return Google's full name of it."""
        return f"projects/{inputs['project']}/locations/{inputs['location']}/repositories/{inputs['repositoryId']}"

    def faults(self, inputs: Properties) -> Iterator[Fault]:
        """Yield rules of cleaning up that Google refuses, and settings of images where there are none."""
        if inputs.get("dockerConfig") is not None and known(inputs["format"]) and inputs["format"] != "DOCKER":
            yield Fault("dockerConfig", f"`docker_config` is for repositories of images, not of {inputs['format']}")
        policies = inputs.get("cleanupPolicies") or []
        if not known(policies):
            return
        twice = [id_ for id_, count in Counter(policy.get("id") for policy in policies).items() if count > 1]
        yield from (Fault("cleanupPolicies", f"there are two policies `{id_}`") for id_ in twice)
        for policy in policies:
            yield from (Fault("cleanupPolicies", f"policy `{policy.get('id')}` {reason}") for reason in _policy(policy))

    def outputs(self, inputs: Properties) -> Properties:
        """Return the short name, and where images are pushed to."""
        where = f"{inputs['location']}-{inputs['format'].lower()}.pkg.dev"
        return {"name": inputs["repositoryId"], "registryUri": f"{where}/{inputs['project']}/{inputs['repositoryId']}"}


def _policy(policy: Mapping[str, Any]) -> Iterator[str]:
    """Yield the errors of one policy: https://cloud.google.com/artifact-registry/docs/repositories/cleanup-policy."""
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
