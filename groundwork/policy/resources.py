"""Rules for each resource alone: where it is, whose it is, who reaches it, what protects what is in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from groundwork.google.name_rules import NAME_RULES
from groundwork.policy.resource import Demands, Finding, Made, Rule, finding

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
"""Where a type takes its key (https://cloud.google.com/kms/docs/compatible-services)."""

HOLDING = frozenset({
    "gcp:artifactregistry/repository:Repository", "gcp:bigquery/table:Table", "gcp:storage/bucket:Bucket",
    "gcp:secretmanager/secret:Secret", "gcp:vertex/aiMetadataStore:AiMetadataStore", "gcp:workbench/instance:Instance",
})  # fmt: skip
"""What takes along, when it goes or is replaced, what people, runs and releases have put into it. A dataset does that with its
tables alone, which are listed."""

_PLACES = ("location", "region", "zone", "replication.user_managed.replicas.location")

OVERLOOKED = {
    "gcp:vertex/aiEndpoint:AiEndpoint": {"trafficSplit"},
    "gcp:workbench/instance:Instance": {"gceSetup.metadata", "desiredState"},
}
"""What Google, or who uses it, changes of a thing that is otherwise the program's."""


def authoritative(made: Made, demands: Demands) -> Iterator[Finding]:
    """Refuse grants that replace what others have granted, Google to its own agents among them."""
    _ = demands
    if re.search(r"I[aA][mM](Binding|Policy|MemberRemove)$", made.type):
        way_out = "grant with the type that ends in IAMMember: it adds one member's role and touches no other"
        yield finding("authoritative-iam", made, "takes away grants that it did not make", way_out)


def key(made: Made, demands: Demands) -> Iterator[Finding]:
    """Refuse keys of service accounts."""
    _ = demands
    if made.type in {"gcp:serviceaccount/key:Key", "gcp:storage/hmacKey:HmacKey", "gcp:projects/apiKey:ApiKey"}:
        way_out = "run as the identity, or let programs outside of Google federate (`federation`)"
        code = "api-key" if made.type.endswith("ApiKey") else "service-account-key"
        yield finding(code, made, "is a credential that does not expire and works from anywhere", way_out)


def place(made: Made, demands: Demands) -> Iterator[Finding]:
    """Refuse what would be outside of the environment's region."""
    for path in _PLACES:
        for given in made.every(path):
            where = given.rpartition("/")[2] if isinstance(given, str) else ""
            if where and not re.fullmatch(rf"{re.escape(demands.region)}(-[a-z])?", where.lower()):
                reason = f"its {path} `{where}` is not in {demands.region}"
                yield finding("location", made, reason, f"put it into {demands.region}, or a zone of it")


def labelled(made: Made, demands: Demands) -> Iterator[Finding]:
    """Refuse what takes labels and does not say whose it is. Types that do have `effective_labels` in Google's provider."""
    if "effective_labels" not in made.given:
        return
    labels = made.at("labels") or {}
    if isinstance(labels, dict) and (missing := [name for name in demands.labels if name not in labels]):
        way_out = "give it the `labels` that the environment's parts are handed"
        yield finding("labels", made, f"lacks {', '.join(missing)}: nobody could say whose it is, or what it costs whom", way_out)


def encrypted(made: Made, demands: Demands) -> Iterator[Finding]:
    """Refuse what has no key of ours where the environment demands one."""
    missing = [path for path in KEYED.get(made.type, ()) if not made.has(path)]
    if demands.encrypted and missing:
        way_out = f"give it the environment's as {' and '.join(missing)}, in every element where there are several"
        yield finding("encryption", made, "has no key of ours, which `encryption` demands", way_out)


def protected(made: Made, demands: Demands) -> Iterator[Finding]:
    """Refuse data that one `destroy`, or one replacement, would take along where the environment protects them."""
    if not demands.protect_data or made.has("view"):  # a view has no data of its own
        return
    if made.type in HOLDING and not made.protected:
        reason = "an `up` that replaces it would delete what is in it, and `protect_data` is on"
        yield finding("unprotected-data", made, reason, "give it the resource option `protect`")
    for path, loose in (("force_destroy", True), ("delete_contents_on_destroy", True), ("deletion_protection", False)):
        if made.at(path) is loose:
            yield finding(
                "unprotected-data",
                made,
                f"{path} is {str(loose).lower()}, and `protect_data` is on",
                f"leave {path} at its default",
            )


def named(made: Made, demands: Demands) -> Iterator[Finding]:
    """Refuse names that Google would refuse during the update (`groundwork/google/name_rules.py`)."""
    _ = demands
    for property_, pattern in NAME_RULES.get(made.type, {}).items():
        given = made.at(re.sub(r"(?<!^)(?=[A-Z])", "_", property_).lower())
        if isinstance(given, str) and not pattern.fullmatch(given):
            yield finding("name", made, f"`{given}` is no {property_} that Google takes", f"it must match {pattern.pattern}")


def overlooked(made: Made, demands: Demands) -> Iterator[Finding]:
    """Refuse what would be changed, or left as it is, when no rule looks: an `up` that mends it would say nothing of it."""
    _ = demands
    if strange := sorted(set(made.ignored) - OVERLOOKED.get(made.type, set())):
        way_out = "leave the option out: what the program says is what there is"
        yield finding("ignored-changes", made, f"ignore_changes has Pulumi overlook {', '.join(strange)}", way_out)
    if made.altered:
        reason = "options change its inputs, or who makes it, after it was looked at"
        yield finding(
            "altered-late", made, reason, "give it the inputs as they are to be, and no `transforms` or plugin's address"
        )


RULES: tuple[Rule, ...] = (authoritative, key, place, labelled, encrypted, protected, named, overlooked)
