"""Rules for single resources: location, labels, encryption, protection, names and options."""

from __future__ import annotations

import re
from collections.abc import Iterator

from groundwork.google.name_rules import NAME_RULES
from groundwork.policy.resource import Requirements, Resource, Rule, Violation, violation

KEYED = {
    "gcp:artifactregistry/repository:Repository": ("kms_key_name",),
    "gcp:bigquery/dataset:Dataset": ("default_encryption_configuration.kms_key_name",),
    "gcp:pubsub/topic:Topic": ("kms_key_name",),
    "gcp:secretmanager/secret:Secret": ("replication.user_managed.replicas.customer_managed_encryption.kms_key_name",),
    "gcp:storage/bucket:Bucket": ("encryption.default_kms_key_name",),
    "gcp:vertex/aiEndpoint:AiEndpoint": ("encryption_spec.kms_key_name",),
    "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore": ("encryption_spec.kms_key_name",),
    "gcp:vertex/aiMetadataStore:AiMetadataStore": ("encryption_spec.kms_key_name",),
    "gcp:workbench/instance:Instance": ("gce_setup.boot_disk.kms_key", "gce_setup.data_disks.kms_key"),
}
"""The inputs that take a key, by resource type (https://cloud.google.com/kms/docs/compatible-services)."""

HOLDING = frozenset({
    "gcp:artifactregistry/repository:Repository", "gcp:bigquery/table:Table", "gcp:storage/bucket:Bucket",
    "gcp:secretmanager/secret:Secret", "gcp:vertex/aiMetadataStore:AiMetadataStore", "gcp:workbench/instance:Instance",
})  # fmt: skip
"""Resource types that lose data when they are deleted or replaced. A dataset does so only with its tables, which are listed."""

_LOCATIONS = ("location", "region", "zone", "replication.user_managed.replicas.location")

CHANGED_BY_OTHERS = {
    "gcp:vertex/aiEndpoint:AiEndpoint": {"trafficSplit"},
    "gcp:workbench/instance:Instance": {"gceSetup.metadata", "desiredState"},
}
"""Properties that Google or users change on a resource of the program."""


def authoritative(resource: Resource, requirements: Requirements) -> Iterator[Violation]:
    """Refuse authoritative grants: they replace other grants, including those of Google's service agents."""
    _ = requirements
    if re.search(r"I[aA][mM](Binding|Policy|MemberRemove)$", resource.type):
        way_out = "use the type that ends in IAMMember: it adds one member's role and changes no other"
        yield violation("authoritative-iam", resource, "removes grants that it did not create", way_out)


def key(resource: Resource, requirements: Requirements) -> Iterator[Violation]:
    """Refuse service account keys and API keys."""
    _ = requirements
    if resource.type in {"gcp:serviceaccount/key:Key", "gcp:storage/hmacKey:HmacKey", "gcp:projects/apiKey:ApiKey"}:
        way_out = "run as the identity, or use `federation` for programs outside Google Cloud"
        code = "api-key" if resource.type.endswith("ApiKey") else "service-account-key"
        yield violation(code, resource, "is a credential that does not expire and can be used anywhere", way_out)


def location(resource: Resource, requirements: Requirements) -> Iterator[Violation]:
    """Refuse resources outside the environment's region."""
    for path in _LOCATIONS:
        for value in resource.every(path):
            place = value.rpartition("/")[2] if isinstance(value, str) else ""
            if place and not re.fullmatch(rf"{re.escape(requirements.region)}(-[a-z])?", place.lower()):
                reason = f"its {path} `{place}` is not in {requirements.region}"
                yield violation("location-refused", resource, reason, f"set it to {requirements.region}, or a zone of it")


def labelled(resource: Resource, requirements: Requirements) -> Iterator[Violation]:
    """Refuse missing labels. Types that take labels have `effective_labels` in Google's provider."""
    if "effective_labels" not in resource.inputs:
        return
    labels = resource.at("labels") or {}
    if isinstance(labels, dict) and (missing := [name for name in requirements.labels if name not in labels]):
        reason = f"lacks {', '.join(missing)}: its owner and its costs could not be assigned"
        yield violation("labels-missing", resource, reason, "set `labels` to the environment's")


def encrypted(resource: Resource, requirements: Requirements) -> Iterator[Violation]:
    """Refuse resources without the client's key where the environment requires it."""
    missing = [path for path in KEYED.get(resource.type, ()) if not resource.has(path)]
    if requirements.encrypted and missing:
        way_out = f"set {' and '.join(missing)} to the environment's key, in every element"
        yield violation("key-missing", resource, "does not use the client's key, which `encryption` requires", way_out)


def protected(resource: Resource, requirements: Requirements) -> Iterator[Violation]:
    """Refuse unprotected data where the environment protects them from `destroy` and from replacement."""
    if not requirements.protect_data or resource.has("view"):  # a view has no data of its own
        return
    if resource.type in HOLDING and not resource.protected:
        reason = "an `up` that replaces it would delete its content, and `protect_data` is on"
        yield violation("unprotected-data", resource, reason, "set the resource option `protect`")
    for path, loose in (("force_destroy", True), ("delete_contents_on_destroy", True), ("deletion_protection", False)):
        if resource.at(path) is loose:
            yield violation(
                "unprotected-data",
                resource,
                f"{path} is {str(loose).lower()}, and `protect_data` is on",
                f"leave {path} at its default",
            )


def well_named(resource: Resource, requirements: Requirements) -> Iterator[Violation]:
    """Refuse names that Google would refuse during the update (`groundwork/google/name_rules.py`)."""
    _ = requirements
    for property_, pattern in NAME_RULES.get(resource.type, {}).items():
        name = resource.at(re.sub(r"(?<!^)(?=[A-Z])", "_", property_).lower())
        if isinstance(name, str) and not pattern.fullmatch(name):
            reason = f"Google does not accept `{name}` as {property_}"
            yield violation("name-refused", resource, reason, f"choose one that matches {pattern.pattern}")


def unaltered(resource: Resource, requirements: Requirements) -> Iterator[Violation]:
    """Refuse options that change a resource after the check, or hide a difference from an `up`."""
    _ = requirements
    if strange := sorted(set(resource.ignored) - CHANGED_BY_OTHERS.get(resource.type, set())):
        way_out = "remove the option, so that the program describes the resource completely"
        yield violation("ignored-changes", resource, f"ignore_changes hides {', '.join(strange)}", way_out)
    if resource.altered:
        reason = "options change its inputs, or its provider, after the check"
        yield violation("altered-late", resource, reason, "set the final inputs, without `transforms` or a plugin address")


RULES: tuple[Rule, ...] = (authoritative, key, location, labelled, encrypted, protected, well_named, unaltered)
