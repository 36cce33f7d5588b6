"""The roles that the program may grant, by kind of member and kind of resource. All other grants are refused.

`stacks/platform_cd.py` lists the deployer's roles on the project.
"""

from __future__ import annotations

from collections.abc import Mapping

from groundwork.policy.members import AGENT, CANDIDATE, DEPLOYER, FACTORY, OUTSIDE, PERSON, PROGRAM

GRANTS: Mapping[str, tuple[str, str]] = {
    "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": ("repository", "repository"),
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": ("key", "crypto_key_id"),
    "gcp:projects/iAMMember:IAMMember": ("project", "project"),
    "gcp:pubsub/topicIAMMember:TopicIAMMember": ("topic", "topic"),
    "gcp:secretmanager/secretIamMember:SecretIamMember": ("secret", "secret_id"),
    "gcp:serviceaccount/iAMMember:IAMMember": ("account", "service_account_id"),
    "gcp:storage/bucketIAMMember:BucketIAMMember": ("bucket", "bucket"),
}
"""Resource types of grants: the kind of resource that each is on, and the input that names it."""

ENTRY = "gcp:bigquery/datasetAccess:DatasetAccess"
DATASET = "gcp:bigquery/dataset:Dataset"
ENTRIES: Mapping[str, str] = {
    "READER": "roles/bigquery.dataViewer",
    "WRITER": "roles/bigquery.dataEditor",
    "OWNER": "roles/bigquery.dataOwner",
}
"""BigQuery's names of roles in a dataset's access list (https://cloud.google.com/bigquery/docs/access-control-basic-roles)."""

PRIMITIVE = frozenset(f"roles/{name}" for name in ("owner", "editor", "viewer", "browser", "admin", "writer", "reader"))
"""Google's basic roles, and their successors."""

_LINES, _QUERIES = "roles/logging.logWriter", "roles/bigquery.jobUser"
_READS = "roles/bigquery.dataViewer"
_VIEWS, _ADDS, _USES = "roles/storage.objectViewer", "roles/storage.objectCreator", "roles/storage.objectUser"
_PUBLISHES, _OPENS, _PULLS = "roles/pubsub.publisher", "roles/secretmanager.secretAccessor", "roles/artifactregistry.reader"
_ACTS, _OUTSIDE, _KEY = (
    *("roles/iam.serviceAccountUser", "roles/iam.workloadIdentityUser"),
    "roles/cloudkms.cryptoKeyEncrypterDecrypter",
)
_SEES, _POOL = "roles/cloudbuild.builds.viewer", "roles/cloudbuild.workerPoolUser"

ALLOWED: Mapping[tuple[str, str], frozenset[str]] = {
    (PROGRAM, "project"): frozenset({_QUERIES, _LINES, _SEES, _POOL, _VIEWS}),
    (PROGRAM, "bucket"): frozenset({_VIEWS, _ADDS, _USES}),
    (PROGRAM, "dataset"): frozenset({_READS}),
    (PROGRAM, "repository"): frozenset({_PULLS}),
    (PROGRAM, "secret"): frozenset({_OPENS}),
    (PROGRAM, "topic"): frozenset({_PUBLISHES}),
    (FACTORY, "project"): frozenset({
        _LINES, _POOL, "roles/aiplatform.user", "roles/bigquery.user", "roles/cloudbuild.builds.editor"
    }),
    (FACTORY, "account"): frozenset({_ACTS}),
    (FACTORY, "bucket"): frozenset({_VIEWS, _ADDS, _USES}),
    (FACTORY, "dataset"): frozenset({_READS}),
    (FACTORY, "repository"): frozenset({_PULLS}),
    (FACTORY, "secret"): frozenset({_OPENS}),
    (FACTORY, "topic"): frozenset({_PUBLISHES}),
    (CANDIDATE, "project"): frozenset({_QUERIES, _LINES}),
    (CANDIDATE, "bucket"): frozenset({_USES}),
    (CANDIDATE, "dataset"): frozenset({_READS}),
    (CANDIDATE, "repository"): frozenset({_PULLS}),
    (CANDIDATE, "secret"): frozenset({_OPENS}),
    (PERSON, "project"): frozenset({
        _QUERIES, _SEES, "roles/cloudbuild.builds.approver", "roles/logging.viewer", "roles/logging.privateLogViewer"
    }),
    (PERSON, "account"): frozenset({_ACTS}),
    (PERSON, "bucket"): frozenset({_VIEWS}),
    (PERSON, "dataset"): frozenset({_READS}),
    (PERSON, "topic"): frozenset({_PUBLISHES}),
    (AGENT, "bucket"): frozenset({_ADDS}),
    (AGENT, "key"): frozenset({_KEY}),
    (AGENT, "secret"): frozenset({_OPENS}),
    (DEPLOYER, "dataset"): frozenset({"roles/bigquery.dataOwner"}),
    (DEPLOYER, "repository"): frozenset({_PULLS}),
    (OUTSIDE, "account"): frozenset({_OUTSIDE}),
}  # fmt: skip

CUSTOM = frozenset({(PROGRAM, "dataset"), (FACTORY, "dataset"), (CANDIDATE, "dataset")})
"""The kinds of members that may also have a custom role of the program, each with the kind of resource."""

PERMISSIONS = frozenset({
    "bigquery.datasets.get", "bigquery.jobs.create", "bigquery.tables.export", "bigquery.tables.get", "bigquery.tables.getData",
    "bigquery.tables.list", "bigquery.tables.updateData", "cloudbuild.builds.get", "cloudbuild.builds.list",
    "logging.logEntries.create", "resourcemanager.projects.get", "storage.buckets.get", "storage.objects.create",
    "storage.objects.get", "storage.objects.list",
})  # fmt: skip
"""The permissions that a custom role may hold. None grants roles, creates keys, impersonates, starts a build or deletes."""
