"""Harmful programs: each creates one resource with the name of the program, and has the rule that must refuse it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi.dynamic
import pulumi_gcp as gcp

from tests.helpers.policies import BUCKET, CANDIDATE, LABELS, PROJECT, RUNNER

ENGINEERS = "group:engineers@northwind.example"
"""A group in the environment file."""
GROUP = "group:everyone@elsewhere.example"
POOL = "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/*"
AGENT = "serviceAccount:service-1@gcp-sa-cloudbuild.iam.gserviceaccount.com"
FACTORY = f"serviceAccount:factory@{PROJECT}.iam.gserviceaccount.com"
TAKEN, CREATOR = "roles/iam.serviceAccountUser", "roles/iam.serviceAccountTokenCreator"
DIGEST = f"images/groundwork@sha256:{'0' * 64}"
DEPLOYER = f"projects/{PROJECT}/serviceAccounts/deployer@{PROJECT}.iam.gserviceaccount.com"
KEYED = {"kms_key_name": "k"}
_PUSH = {"repository": "r", "push": {"branch": ".*"}}

Program = Callable[[str], object]


@dataclass(frozen=True)
class Violation:
    """A harmful program."""

    code: str
    """The rule that must refuse it."""
    program: Program


def _on_project(role: str, member: str, **overrides: Any) -> Program:
    return lambda name: gcp.projects.IAMMember(name, project=PROJECT, role=role, member=member, **overrides)


def _on_bucket(role: str, member: str, bucket: str = "b") -> Program:
    return lambda name: gcp.storage.BucketIAMMember(name, bucket=bucket, role=role, member=member)


def _on_dataset(member: str, dataset: str = "raw") -> Program:
    email, reads = member.removeprefix("serviceAccount:"), "roles/bigquery.dataViewer"
    return lambda name: gcp.bigquery.DatasetAccess(name, project=PROJECT, dataset_id=dataset, role=reads, user_by_email=email)


def _beside_the_list(name: str) -> object:
    return gcp.bigquery.DatasetIamMember(
        name, project=PROJECT, dataset_id="raw", role="roles/bigquery.dataViewer", member=FACTORY
    )


def _own_role_for_people(name: str) -> object:
    gcp.projects.IAMCustomRole(
        f"{name}-role", project=PROJECT, role_id="rows", title="Rows", permissions=["bigquery.tables.updateData"]
    )
    role, people = f"projects/{PROJECT}/roles/rows", ENGINEERS.removeprefix("group:")
    return gcp.bigquery.DatasetAccess(name, project=PROJECT, dataset_id="x", role=role, group_by_email=people)


def _on_account(account: str, role: str, member: str) -> Program:
    full = f"projects/{PROJECT}/serviceAccounts/{account}@{PROJECT}.iam.gserviceaccount.com"
    return lambda name: gcp.serviceaccount.IAMMember(name, service_account_id=full, role=role, member=member)


def _on_secret(secret: str, member: str) -> Program:
    opens = "roles/secretmanager.secretAccessor"
    return lambda name: gcp.secretmanager.SecretIamMember(name, project=PROJECT, secret_id=secret, role=opens, member=member)


def _entry(**overrides: Any) -> Program:
    return lambda name: gcp.bigquery.DatasetAccess(name, dataset_id="x", project=PROJECT, **overrides)


def _trigger(account: str | None, **overrides: Any) -> Program:
    build = {"steps": [{"name": DIGEST, "entrypoint": "true"}]}
    where = {"project": PROJECT, "location": "europe-west2", "service_account": account}
    return lambda name: gcp.cloudbuild.Trigger(name, **{"build": build, "repository_event_config": _PUSH, **where, **overrides})


def _machine(*interfaces: Any) -> Program:
    disk: Any = {"initialize_params": {"image": "debian"}}
    return lambda name: gcp.compute.Instance(
        name, project=PROJECT, zone="europe-west2-a", machine_type="e2-micro", labels=LABELS,
        boot_disk=disk, network_interfaces=list(interfaces),
    )  # fmt: skip


def _firewall(**overrides: Any) -> Program:
    return lambda name: gcp.compute.Firewall(name, project=PROJECT, network="n", allows=[{"protocol": "tcp"}], **overrides)


def _provider(**overrides: Any) -> Program:
    where = {"workload_identity_pool_id": "p", "workload_identity_pool_provider_id": "github", "project": PROJECT}
    oidc = {"issuer_uri": "https://token.actions.githubusercontent.com"}
    return lambda name: gcp.iam.WorkloadIdentityPoolProvider(name, **{**where, "oidc": oidc, **overrides})


def _audit(**overrides: Any) -> Program:
    every = [{"log_type": kind} for kind in ("ADMIN_READ", "DATA_READ", "DATA_WRITE")]
    overrides = {"service": "allServices", "audit_log_configs": every, **overrides}
    return lambda name: gcp.projects.IAMAuditConfig(name, project=PROJECT, **overrides)


def _secret(*replicas: Any) -> Program:
    opts = pulumi.ResourceOptions(protect=True)
    kept: Any = {"user_managed": {"replicas": list(replicas)}}
    return lambda name: gcp.secretmanager.Secret(
        name, secret_id=name, project=PROJECT, labels=LABELS, replication=kept, opts=opts
    )  # fmt: skip


def _bucket(**opts: Any) -> Program:
    return lambda name: gcp.storage.Bucket(name, **{**BUCKET, "opts": pulumi.ResourceOptions(protect=True, **opts)})


def _elsewhere(name: str) -> object:
    return type("Elsewhere", (pulumi.dynamic.Resource,), {})(pulumi.dynamic.ResourceProvider(), name, {})


def _organisations_role(name: str) -> object:
    powers = ["resourcemanager.projects.setIamPolicy"]
    return gcp.organizations.IAMCustomRole(name, org_id="1", role_id="clever", title="c", permissions=powers)


async def _later(text: str) -> str:
    return text


VIOLATIONS: dict[str, Violation] = {
    # roles and members on the project
    "organisations-custom-role": Violation("custom-role", _on_project("organizations/1234/roles/superuser", RUNNER)),
    "role-made-by-hand": Violation("custom-role", _on_project(f"projects/{PROJECT}/roles/madebyhand", RUNNER)),
    "role-of-another-project": Violation("custom-role", _on_project("projects/another/roles/clever", RUNNER)),
    "role-of-the-organisation": Violation("outside-the-project", _organisations_role),
    "group-acts-as-everybody": Violation("impersonation-refused", _on_project(CREATOR, GROUP)),
    "pool-acts-as-everybody": Violation("impersonation-refused", _on_project(CREATOR, POOL)),
    "openid-of-everybody": Violation("impersonation-refused", _on_project("roles/iam.serviceAccountOpenIdTokenCreator", RUNNER)),
    "instance-admin": Violation("admin-role", _on_project("roles/compute.instanceAdmin.v1", GROUP)),
    "data-owner": Violation("admin-role", _on_project("roles/bigquery.dataOwner", GROUP)),
    "new-basic-role": Violation("primitive-role", _on_project("roles/writer", GROUP)),
    "reader-of-everything": Violation("primitive-role", _on_project("roles/reader", RUNNER)),
    "builds-for-a-person": Violation("unknown-role", _on_project("roles/cloudbuild.builds.editor", ENGINEERS)),
    "builds-for-a-candidate": Violation("unknown-role", _on_project("roles/cloudbuild.builds.editor", CANDIDATE)),
    "bucket-owner": Violation("admin-role", _on_bucket("roles/storage.legacyBucketOwner", GROUP)),
    "all-users-in-capitals": Violation("public-member", _on_bucket("roles/storage.objectViewer", "AllUsers")),
    "everybody-of-gmail": Violation("unknown-member", _on_bucket("roles/storage.objectViewer", "domain:gmail.com")),
    "look-alike-of-an-agent": Violation(
        "unknown-member", _on_bucket("roles/storage.objectCreator", "serviceAccount:me@gcp-sa-mine.iam.gserviceaccount.com")
    ),
    "agent-of-another-project": Violation("unknown-member", _on_bucket("roles/storage.objectCreator", AGENT)),
    "agent-s-name-elsewhere": Violation(
        "unknown-member", _on_bucket("roles/storage.objectCreator", "serviceAccount:x@gcp-sa-logging.evil.example")
    ),
    "account-of-another-project": Violation(
        "unknown-member", _on_bucket("roles/storage.objectUser", "serviceAccount:runner@another.iam.gserviceaccount.com")
    ),
    "deleted-member": Violation("unknown-member", _on_project("roles/logging.viewer", "deleted:user:ada@a.example?uid=1")),
    "one-identity-of-a-pool": Violation(
        "unknown-member", _on_bucket("roles/storage.objectViewer", POOL.replace("principalSet", "principal"))
    ),
    "every-bucket-for-a-program": Violation("out-of-reach", _on_project("roles/storage.objectViewer", RUNNER)),
    # above the project, and access without grants
    "on-the-folder": Violation(
        "outside-the-project", lambda name: gcp.folder.IAMMember(name, folder="folders/1", role=CREATOR, member=RUNNER)
    ),
    "on-the-organisation": Violation(
        "outside-the-project", lambda name: gcp.organizations.IAMMember(name, org_id="1", role=TAKEN, member=RUNNER)
    ),
    "on-the-bill": Violation(
        "outside-the-project",
        lambda name: gcp.billing.AccountIamMember(name, billing_account_id="0", role="roles/billing.viewer", member=RUNNER),
    ),
    "in-another-project": Violation(
        "outside-the-project",
        lambda name: gcp.projects.IAMMember(name, project="another", role="roles/logging.logWriter", member=RUNNER),
    ),
    "dataset-s-own-list": Violation(
        "public-member",
        lambda name: gcp.bigquery.Dataset(
            name, dataset_id="x", project=PROJECT, location="europe-west2", labels=LABELS,
            accesses=[
                {"role": "READER", "user_by_email": RUNNER.partition(":")[2]},
                {"role": "READER", "iam_member": "allUsers"},
            ],
        ),
    ),
    "entry-for-everybody": Violation("public-member", _entry(role="READER", special_group="allAuthenticatedUsers")),
    "entry-for-all-users": Violation("public-member", _entry(role="READER", iam_member="allUsers")),
    "entry-for-a-stranger": Violation("unknown-member", _entry(role="READER", user_by_email="mallory@elsewhere.example")),
    "entry-for-a-domain": Violation("unknown-member", _entry(role="READER", domain="gmail.com")),
    "entry-that-owns": Violation("admin-role", _entry(role="OWNER", user_by_email=RUNNER.partition(":")[2])),
    "view-from-elsewhere": Violation(
        "outside-the-project", _entry(view={"project_id": "another", "dataset_id": "d", "table_id": "t"})
    ),
    "bucket-s-list": Violation("access-list", lambda name: gcp.storage.BucketACL(name, bucket="b", predefined_acl="publicRead")),
    "bucket-s-control": Violation(
        "access-list", lambda name: gcp.storage.BucketAccessControl(name, bucket="b", entity="allUsers", role="READER")
    ),
    "objects-list": Violation(
        "access-list", lambda name: gcp.storage.DefaultObjectAccessControl(name, bucket="b", entity="allUsers", role="READER")
    ),
    "agent-loses-its-grant": Violation(
        "authoritative-iam",
        lambda name: gcp.projects.IamMemberRemove(name, project=PROJECT, role="roles/cloudbuild.serviceAgent", member=AGENT),
    ),
    # members with roles that are allowed only for others
    "acts-as-the-deployer": Violation("reaches-deployer", _on_account("deployer", TAKEN, RUNNER)),
    "factory-acts-as-the-deployer": Violation("reaches-deployer", _on_account("deployer", TAKEN, FACTORY)),
    "candidate-acts-as-the-factory": Violation("acts-as-another", _on_account("factory", TAKEN, CANDIDATE)),
    "factory-acts-as-the-previewer": Violation("acts-as-another", _on_account("previewer", TAKEN, FACTORY)),
    "candidate-reads-raw": Violation("out-of-reach", _on_dataset(CANDIDATE)),
    "grant-beside-a-dataset-s-list": Violation("access-list", _beside_the_list),
    "own-role-for-people": Violation("unknown-role", _own_role_for_people),
    "candidate-reads-a-secret": Violation("out-of-reach", _on_secret("github-factory", CANDIDATE)),
    "candidate-writes-the-ledger": Violation(
        "out-of-reach", _on_bucket("roles/storage.objectUser", CANDIDATE, f"{PROJECT}-ledger")
    ),
    "candidate-reads-the-records": Violation(
        "out-of-reach", _on_bucket("roles/storage.objectUser", CANDIDATE, f"{PROJECT}-records")
    ),
    "candidate-in-every-folder": Violation(
        "out-of-reach", _on_bucket("roles/storage.objectUser", CANDIDATE, f"{PROJECT}-candidates")
    ),
    "runner-writes-the-ledger": Violation("out-of-reach", _on_bucket("roles/storage.objectUser", RUNNER, f"{PROJECT}-ledger")),
    "entry-of-raw-for-a-candidate": Violation(
        "out-of-reach",
        lambda name: gcp.bigquery.DatasetAccess(
            name, dataset_id="raw", project=PROJECT, role="READER", user_by_email=CANDIDATE.partition(":")[2]
        ),
    ),
    # triggers, keys, and access from outside
    "pushes-run-as-the-deployer": Violation("reaches-deployer", _trigger(DEPLOYER, filename="cloudbuild.yaml", build=None)),
    "trigger-without-account": Violation("trigger-account", _trigger(None)),
    "image-by-substitution": Violation(
        "trigger-build", _trigger("x/factory", build={"steps": [{"name": "${_IMAGE}"}]}, substitutions={"_IMAGE": DIGEST})
    ),
    "image-by-tag": Violation("trigger-build", _trigger("x/factory", build={"steps": [{"name": "images/groundwork:latest"}]})),
    "settings-by-substitution": Violation(
        "trigger-build",
        _trigger(
            "x/factory",
            build={"steps": [{"name": DIGEST, "envs": ["GROUNDWORK_FACTORY=${_FACTORY}"]}]},
            substitutions={"_FACTORY": "{}"},
        ),
    ),
    "stranger-s-pull-request": Violation(
        "trigger-pulls",
        _trigger(
            "x/previewer",
            repository_event_config={
                "repository": "r",
                "pull_request": {"branch": "^main$", "comment_control": "COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY"},
            },
        ),
    ),
    "provider-without-condition": Violation("open-provider", _provider()),
    "provider-for-every-event": Violation("open-provider", _provider(attribute_condition="assertion.repository == 'a/b'")),
    "key-for-an-api": Violation("api-key", lambda name: gcp.projects.ApiKey(name, project=PROJECT)),
    "key-for-storage": Violation(
        "service-account-key", lambda name: gcp.storage.HmacKey(name, project=PROJECT, service_account_email="x")
    ),
    # logs and alerts
    "audit-log-of-nothing": Violation("audit-config", _audit(audit_log_configs=[])),
    "audit-log-without-one": Violation(
        "audit-config", _audit(audit_log_configs=[{"log_type": "DATA_READ", "exempted_members": [RUNNER]}])
    ),
    "audit-log-of-one-service": Violation("audit-config", _audit(service="storage.googleapis.com")),
    # the Internet
    "service-that-asks-nobody": Violation(
        "public-service",
        lambda name: gcp.cloudrunv2.Service(
            name, project=PROJECT, location="europe-west2", labels=LABELS, ingress="INGRESS_TRAFFIC_ALL",
            invoker_iam_disabled=True, template={"containers": [{"image": "i"}]},
        ),
    ),
    "firewall-for-everybody": Violation("open-firewall", _firewall(source_ranges=["0.0.0.0/0"])),
    "firewall-for-half-of-it": Violation("open-firewall", _firewall(source_ranges=["10.0.0.0/8", "128.0.0.0/1"])),
    "firewall-that-names-nobody": Violation("open-firewall", _firewall()),
    "second-interface": Violation("public-address", _machine({"network": "n"}, {"network": "n", "access_configs": [{}]})),
    "interface-of-version-6": Violation(
        "public-address", _machine({"network": "n", "ipv6_access_configs": [{"network_tier": "PREMIUM"}]})
    ),
    "external-forwarding": Violation(
        "public-address",
        lambda name: gcp.compute.ForwardingRule(
            name, project=PROJECT, region="europe-west2", labels=LABELS, load_balancing_scheme="EXTERNAL", target="t"
        ),
    ),
    "global-forwarding": Violation(
        "public-address", lambda name: gcp.compute.GlobalForwardingRule(name, project=PROJECT, labels=LABELS, target="t")
    ),
    "public-index": Violation(
        "public-address",
        lambda name: gcp.vertex.AiIndexEndpoint(
            name, display_name="x", project=PROJECT, region="europe-west2", labels=LABELS, public_endpoint_enabled=True
        ),
    ),
    # lists and options
    "second-replica-without-key": Violation(
        "key-missing",
        _secret(
            {"location": "europe-west2", "customer_managed_encryption": KEYED}, {"location": "europe-west2"}
        ),
    ),
    "second-replica-elsewhere": Violation(
        "location-refused",
        _secret(*({"location": each, "customer_managed_encryption": KEYED} for each in ("europe-west2", "us-east1"))),
    ),
    "changes-that-nobody-sees": Violation("ignored-changes", _bucket(ignore_changes=["*"])),
    "changed-after-the-decision": Violation("altered-late", _bucket(transforms=[lambda _: None])),
    "provider-from-elsewhere": Violation("altered-late", _bucket(plugin_download_url="https://elsewhere.example")),
    # types that are not reviewed
    "dynamic-resource": Violation("unknown-type", _elsewhere),
    "provider-of-its-own": Violation("unknown-type", lambda name: gcp.Provider(name, impersonate_service_account="x")),
    "function": Violation(
        "unknown-type", lambda name: gcp.cloudfunctionsv2.Function(name, project=PROJECT, location="europe-west2")
    ),
    "role-to-be-awaited": Violation(
        "primitive-role",
        lambda name: gcp.projects.IAMMember(name, project=PROJECT, role=_later("roles/owner"), member=RUNNER),
    ),
}  # fmt: skip
"""The programs with values that are known when the program has run; those of the last one are known a moment later."""

LATE: dict[str, Violation] = {
    "late-grant": Violation("primitive-role", _on_project("roles/owner", "allUsers")),
    "late-key": Violation("service-account-key", lambda name: gcp.serviceaccount.Key(name, service_account_id="runner")),
    "late-token": Violation("impersonation-refused", _on_project(CREATOR, CANDIDATE)),
    "late-elsewhere": Violation("unknown-type", _elsewhere),
}
"""Resources that are created inside an `apply`, after the program has run to its end."""


def late(name: str) -> None:
    """Create one of these resources."""
    pulumi.Output.from_input("ready").apply(lambda _: LATE[name].program(name) and None)
