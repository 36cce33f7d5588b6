"""For every rule, a program that breaks it: one line a resource, and what it makes known under which name."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_gcp as gcp

PROJECT = "northwind-ml-dev"
RUNNER = f"serviceAccount:runner@{PROJECT}.iam.gserviceaccount.com"
LABELS = {"client": "northwind", "environment": "dev", "managed-by": "groundwork"}

BUCKET: dict[str, Any] = {
    "name": "northwind-ml-dev-x",
    "project": PROJECT,
    "location": "europe-west2",
    "labels": LABELS,
    "opts": pulumi.ResourceOptions(protect=True),
}


def _granted(role: str, member: str = RUNNER) -> dict[str, str]:
    return {"project": PROJECT, "role": role, "member": member}


BROKEN: dict[str, tuple[type[pulumi.CustomResource], dict[str, Any]]] = {
    "acts-as-anybody": (gcp.projects.IAMMember, _granted("roles/iam.serviceAccountUser")),
    "admin-role": (gcp.projects.IAMMember, _granted("roles/storage.admin")),
    "authoritative-iam": (
        gcp.storage.BucketIAMBinding,
        {"bucket": "b", "role": "roles/storage.objectViewer", "members": [RUNNER]},
    ),
    "deployer-role": (
        gcp.projects.IAMMember,
        _granted("roles/bigquery.dataViewer", f"serviceAccount:deployer@{PROJECT}.iam.gserviceaccount.com"),
    ),
    "encryption": (gcp.pubsub.Topic, {"name": "told", "project": PROJECT, "labels": LABELS}),
    "labels": (gcp.storage.Bucket, {**BUCKET, "labels": {"client": "northwind"}}),
    "location": (gcp.storage.Bucket, {**BUCKET, "location": "US"}),
    "name": (gcp.storage.Bucket, {**BUCKET, "name": "Northwind"}),
    "power-to-grant": (gcp.projects.IAMMember, _granted(f"projects/{PROJECT}/roles/clever")),
    "primitive-role": (gcp.projects.IAMMember, _granted("roles/editor", "user:ada@northwind.example")),
    "public-address": (
        gcp.compute.Address,
        {"name": "a", "project": PROJECT, "region": "europe-west2", "labels": LABELS},
    ),
    "public-member": (
        gcp.storage.BucketIAMMember,
        {"bucket": "b", "role": "roles/storage.objectViewer", "member": "allUsers"},
    ),
    "service-account-key": (gcp.serviceaccount.Key, {"service_account_id": "runner"}),
    "unknown-role": (gcp.projects.IAMMember, _granted("roles/redis.viewer")),
    "unprotected-data": (gcp.storage.Bucket, {**BUCKET, "force_destroy": True}),
}


def break_(codes: list[str], keys: object = None) -> None:
    """Make what breaks each of the rules, and what that needs."""
    for code in codes:
        kind, inputs = BROKEN[code]
        given = {**inputs, "kms_key_name": keys} if keys and kind is gcp.pubsub.Topic else inputs
        kind(code, **given)
        if code == "power-to-grant":
            permissions = ["storage.buckets.setIamPolicy", "storage.objects.get"]
            gcp.projects.IAMCustomRole("clever", project=PROJECT, role_id="clever", title="Clever", permissions=permissions)


def address(code: str) -> str:
    """Return how the finding names what breaks a rule."""
    kind, _ = BROKEN[code]
    return f"{kind.pulumi_type}::{code}"  # type: ignore[attr-defined]  # every generated class has it
