"""For every policy rule, a resource that violates it."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_gcp as gcp

PROJECT = "northwind-ml-dev"
RUNNER = f"serviceAccount:runner@{PROJECT}.iam.gserviceaccount.com"
CANDIDATE = f"serviceAccount:candidate-01@{PROJECT}.iam.gserviceaccount.com"
LABELS = {"client": "northwind", "environment": "dev", "managed-by": "groundwork"}

BUCKET: dict[str, Any] = {
    "name": "northwind-ml-dev-x",
    "project": PROJECT,
    "location": "europe-west2",
    "labels": LABELS,
    "opts": pulumi.ResourceOptions(protect=True),
}


def _account(name: str) -> str:
    return f"projects/{PROJECT}/serviceAccounts/{name}@{PROJECT}.iam.gserviceaccount.com"


def _granted(role: str, member: str = RUNNER) -> dict[str, str]:
    return {"project": PROJECT, "role": role, "member": member}


def _trigger(**changes: Any) -> dict[str, Any]:
    """Return a trigger that violates no rule, with changes."""
    step = {"name": f"images/groundwork@sha256:{'0' * 64}", "entrypoint": "python", "args": ["-m", "groundwork"]}
    event = {"repository": "r", "push": {"branch": "^main$"}}
    where = {"name": "t", "project": PROJECT, "location": "europe-west2"}
    whole = {"build": {"steps": [step]}, "service_account": _account("factory"), "repository_event_config": event}
    return {name: value for name, value in {**where, **whole, **changes}.items() if value is not None}


BROKEN: dict[str, tuple[type[pulumi.CustomResource], dict[str, Any]]] = {
    "access-list": (gcp.storage.BucketACL, {"bucket": "b", "predefined_acl": "publicRead"}),
    "impersonation-refused": (gcp.projects.IAMMember, _granted("roles/iam.serviceAccountUser")),
    "acts-as-another": (
        gcp.serviceaccount.IAMMember,
        {"service_account_id": _account("candidate-01"), "role": "roles/iam.serviceAccountUser", "member": RUNNER},
    ),
    "admin-role": (gcp.projects.IAMMember, _granted("roles/storage.admin")),
    "altered-late": (gcp.storage.Bucket, {**BUCKET, "opts": pulumi.ResourceOptions(protect=True, transforms=[lambda _: None])}),
    "api-key": (gcp.projects.ApiKey, {"name": "k", "project": PROJECT}),
    "audit-config": (
        gcp.projects.IAMAuditConfig,
        {"project": PROJECT, "service": "allServices", "audit_log_configs": [{"log_type": "ADMIN_READ"}]},
    ),
    "authoritative-iam": (
        gcp.storage.BucketIAMBinding,
        {"bucket": "b", "role": "roles/storage.objectViewer", "members": [RUNNER]},
    ),
    "custom-role": (gcp.projects.IAMMember, _granted("organizations/1234/roles/superuser")),
    "deployer-role": (
        gcp.projects.IAMMember,
        _granted("roles/bigquery.dataViewer", f"serviceAccount:deployer@{PROJECT}.iam.gserviceaccount.com"),
    ),
    "key-missing": (gcp.pubsub.Topic, {"name": "keyless", "project": PROJECT, "labels": LABELS}),
    "guardrail-off": (
        gcp.orgpolicy.Policy,
        {
            "name": f"projects/{PROJECT}/policies/compute.vmExternalIpAccess",
            "parent": f"projects/{PROJECT}",
            "spec": {"rules": [{"allow_all": "TRUE"}]},
        },
    ),
    "ignored-changes": (gcp.storage.Bucket, {**BUCKET, "opts": pulumi.ResourceOptions(protect=True, ignore_changes=["labels"])}),
    "labels-missing": (gcp.storage.Bucket, {**BUCKET, "labels": {"client": "northwind"}}),
    "location-refused": (gcp.storage.Bucket, {**BUCKET, "location": "US"}),
    "name-refused": (gcp.storage.Bucket, {**BUCKET, "name": "Northwind"}),
    "open-firewall": (
        gcp.compute.Firewall,
        {"name": "f", "project": PROJECT, "network": "n", "source_ranges": ["0.0.0.0/0"], "allows": [{"protocol": "tcp"}]},
    ),
    "open-provider": (
        gcp.iam.WorkloadIdentityPoolProvider,
        {
            "workload_identity_pool_id": "outside-ci",
            "workload_identity_pool_provider_id": "github",
            "project": PROJECT,
            "oidc": {"issuer_uri": "https://token.actions.githubusercontent.com"},
        },
    ),
    "out-of-reach": (
        gcp.bigquery.DatasetAccess,
        {
            "project": PROJECT,
            "dataset_id": "raw",
            "role": "roles/bigquery.dataViewer",
            "user_by_email": CANDIDATE.removeprefix("serviceAccount:"),
        },
    ),
    "outside-the-project": (gcp.folder.IAMMember, {"folder": "folders/1", "role": "roles/logging.viewer", "member": RUNNER}),
    "power-to-grant": (
        gcp.projects.IAMCustomRole,
        {"project": PROJECT, "role_id": "clever", "title": "Clever", "permissions": ["storage.buckets.setIamPolicy"]},
    ),
    "primitive-role": (gcp.projects.IAMMember, _granted("roles/editor", "user:ada@northwind.example")),
    "public-address": (
        gcp.compute.Address,
        {"name": "a", "project": PROJECT, "region": "europe-west2", "labels": LABELS},
    ),
    "public-member": (
        gcp.storage.BucketIAMMember,
        {"bucket": "b", "role": "roles/storage.objectViewer", "member": "allUsers"},
    ),
    "public-service": (
        gcp.cloudrunv2.Service,
        {
            "name": "s",
            "project": PROJECT,
            "location": "europe-west2",
            "labels": LABELS,
            "invoker_iam_disabled": True,
            "template": {"containers": [{"image": "i"}]},
        },
    ),
    "reaches-deployer": (
        gcp.serviceaccount.IAMMember,
        {"service_account_id": _account("deployer"), "role": "roles/iam.serviceAccountUser", "member": RUNNER},
    ),
    "service-account-key": (gcp.serviceaccount.Key, {"service_account_id": "runner"}),
    "trigger-account": (gcp.cloudbuild.Trigger, _trigger(service_account=None)),
    "trigger-build": (gcp.cloudbuild.Trigger, _trigger(build=None, filename="cloudbuild.yaml")),
    "trigger-pulls": (
        gcp.cloudbuild.Trigger,
        _trigger(repository_event_config={"repository": "r", "pull_request": {"branch": "^main$"}}),
    ),
    "unknown-member": (gcp.projects.IAMMember, _granted("roles/logging.viewer", "user:mallory@elsewhere.example")),
    "unknown-role": (gcp.projects.IAMMember, _granted("roles/redis.viewer")),
    "unknown-type": (gcp.sourcerepo.Repository, {"name": "r", "project": PROJECT}),
    "unprotected-data": (gcp.storage.Bucket, {**BUCKET, "force_destroy": True}),
}


def break_(codes: list[str]) -> None:
    """Create a resource that violates each of the rules."""
    for code in codes:
        kind, inputs = BROKEN[code]
        kind(code, **inputs)


def address(code: str) -> str:
    """Return the address of the resource that violates a rule, as in the error."""
    kind, _ = BROKEN[code]
    return f"{kind.pulumi_type}::{code}"  # type: ignore[attr-defined]  # every generated class has it
