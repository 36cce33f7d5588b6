"""Google's predefined roles that the twin supports; it refuses to grant other roles.

From https://cloud.google.com/iam/docs/roles-permissions: for each role, the permissions that the twin checks, and the resource
types other than projects that it can be granted on. Basic roles are left out on purpose, and so are administrator roles, except
those of an environment's deployer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ACCOUNT = "gcp:serviceaccount/account:Account"
BUCKET = "gcp:storage/bucket:Bucket"
DATASET = "gcp:bigquery/dataset:Dataset"
KEY = "gcp:kms/cryptoKey:CryptoKey"
REPOSITORY = "gcp:artifactregistry/repository:Repository"
SECRET = "gcp:secretmanager/secret:Secret"  # noqa: S105  a type's name
TOPIC = "gcp:pubsub/topic:Topic"


@dataclass(frozen=True)
class Role:
    """The permissions of a role, and the resource types on which it can be granted directly."""

    permissions: frozenset[str]
    on: frozenset[str] = frozenset()


def _role(service: str, *permissions: str, on: str = "") -> Role:
    return Role(frozenset(f"{service}.{permission}" for permission in permissions), frozenset({on} if on else ()))


_DATA_VIEWER = ("datasets.get", "tables.export", "tables.get", "tables.getData", "tables.list")
_IMAGE_READER = ("repositories.downloadArtifacts", "repositories.get", "repositories.list")
_OBJECT_VIEWER = ("objects.get", "objects.list")

_OBJECTS = (*_OBJECT_VIEWER, "objects.create", "objects.delete", "objects.update")
_SECRETS = ("secrets.get", "secrets.list", "versions.access", "versions.get")
_TOPICS = ("subscriptions.consume", "topics.attachSubscription", "topics.get", "topics.list", "topics.publish")
_VERTEX = (
    *("customJobs.create", "customJobs.get", "endpoints.predict"),
    *("models.delete", "models.get", "models.list", "models.update", "models.upload"),
    *("pipelineJobs.cancel", "pipelineJobs.create", "pipelineJobs.get", "pipelineJobs.list"),
    *("schedules.create", "schedules.delete", "schedules.get", "schedules.list", "schedules.update"),
)

DEPLOYERS: Mapping[str, Role] = {
    "roles/aiplatform.admin": _role("aiplatform", *_VERTEX),
    "roles/artifactregistry.admin": _role("artifactregistry", *_IMAGE_READER, "repositories.uploadArtifacts"),
    "roles/bigquery.dataOwner": _role(
        "bigquery",
        *(*_DATA_VIEWER, "tables.create", "tables.delete", "tables.update", "tables.updateData"),
        *("datasets.create", "datasets.delete", "datasets.getIamPolicy", "datasets.setIamPolicy", "datasets.update"),
    ),
    "roles/cloudbuild.connectionAdmin": _role("cloudbuild", "connections.create", "connections.setIamPolicy"),
    "roles/cloudbuild.workerPoolOwner": _role("cloudbuild", "workerpools.create", "workerpools.delete"),
    "roles/compute.securityAdmin": _role("compute", "firewalls.create"),
    "roles/servicenetworking.networksAdmin": _role("servicenetworking", "services.addPeering"),
    "roles/cloudscheduler.admin": _role("cloudscheduler", "jobs.create", "jobs.delete", "jobs.run"),
    "roles/compute.networkAdmin": _role("compute", "networks.create", "subnetworks.create"),
    "roles/iam.roleAdmin": _role("iam.roles", "create", "delete", "get", "list", "update"),
    "roles/iam.serviceAccountAdmin": _role("iam.serviceAccounts", "create", "delete", "get", "list", "setIamPolicy"),
    "roles/iam.workloadIdentityPoolAdmin": _role("iam", "workloadIdentityPools.create", "workloadIdentityPools.delete"),
    "roles/logging.configWriter": _role("logging", "logMetrics.create", "sinks.create"),
    "roles/monitoring.editor": _role("monitoring", "alertPolicies.create", "notificationChannels.create", "timeSeries.create"),
    "roles/notebooks.admin": _role("notebooks", "instances.create", "instances.setIamPolicy"),
    "roles/pubsub.admin": _role("pubsub", *_TOPICS, "topics.setIamPolicy"),
    "roles/resourcemanager.projectIamAdmin": _role("resourcemanager", "projects.getIamPolicy", "projects.setIamPolicy"),
    "roles/secretmanager.admin": _role("secretmanager", *_SECRETS, "secrets.setIamPolicy"),
    "roles/serviceusage.serviceUsageAdmin": _role("serviceusage", "services.enable", "services.get", "services.use"),
    "roles/storage.admin": _role("storage", *_OBJECTS, "buckets.create", "buckets.get", "buckets.setIamPolicy"),
}
"""The administrator roles of an environment's deployer, which also has some of the roles below."""

ROLES: Mapping[str, Role] = {
    **DEPLOYERS,
    "roles/aiplatform.user": _role("aiplatform", *_VERTEX),
    "roles/aiplatform.viewer": _role(
        "aiplatform",
        *("customJobs.get", "models.get", "models.list", "pipelineJobs.get", "pipelineJobs.list", "schedules.get"),
        "schedules.list",
    ),
    "roles/artifactregistry.reader": _role("artifactregistry", *_IMAGE_READER, on=REPOSITORY),
    "roles/artifactregistry.writer": _role("artifactregistry", *_IMAGE_READER, "repositories.uploadArtifacts", on=REPOSITORY),
    "roles/bigquery.dataEditor": _role(
        "bigquery", *_DATA_VIEWER, "tables.create", "tables.delete", "tables.update", "tables.updateData", on=DATASET
    ),
    "roles/bigquery.dataViewer": _role("bigquery", *_DATA_VIEWER, on=DATASET),
    "roles/bigquery.jobUser": _role("bigquery", "jobs.create"),
    "roles/bigquery.metadataViewer": _role("bigquery", "datasets.get", "tables.get", "tables.list", on=DATASET),
    "roles/bigquery.user": _role(
        "bigquery",
        *("datasets.create", "datasets.get", "datasets.getIamPolicy", "jobs.create", "tables.list"),
        *("readsessions.create", "readsessions.getData"),
    ),
    "roles/bigquery.readSessionUser": _role("bigquery", "readsessions.create", "readsessions.getData"),
    "roles/cloudbuild.builds.approver": _role("cloudbuild", "builds.approve", "builds.get", "builds.list"),
    "roles/cloudbuild.builds.editor": _role("cloudbuild", "builds.create", "builds.get", "builds.list", "builds.update"),
    "roles/cloudbuild.builds.viewer": _role("cloudbuild", "builds.get", "builds.list"),
    "roles/cloudbuild.workerPoolUser": _role("cloudbuild", "workerpools.use"),
    "roles/cloudkms.cryptoKeyEncrypterDecrypter": _role("cloudkms.cryptoKeyVersions", "useToDecrypt", "useToEncrypt", on=KEY),
    "roles/iam.serviceAccountTokenCreator": _role("iam.serviceAccounts", "getAccessToken", "signBlob", on=ACCOUNT),
    "roles/iam.serviceAccountUser": _role("iam.serviceAccounts", "actAs", "get", "list", on=ACCOUNT),
    "roles/iam.workloadIdentityUser": _role("iam.serviceAccounts", "getAccessToken", on=ACCOUNT),
    "roles/logging.logWriter": _role("logging", "logEntries.create"),
    "roles/logging.privateLogViewer": _role("logging", "logEntries.list", "privateLogEntries.list"),
    "roles/logging.viewer": _role("logging", "logEntries.list"),
    "roles/monitoring.metricWriter": _role("monitoring", "timeSeries.create"),
    "roles/pubsub.publisher": _role("pubsub", "topics.publish", on=TOPIC),
    "roles/pubsub.subscriber": _role("pubsub", "subscriptions.consume", "topics.attachSubscription", on=TOPIC),
    "roles/pubsub.viewer": _role("pubsub", "topics.get", "topics.list", on=TOPIC),
    "roles/secretmanager.secretAccessor": _role("secretmanager", "versions.access", on=SECRET),
    "roles/secretmanager.viewer": _role("secretmanager", "secrets.get", "secrets.list", "versions.get", on=SECRET),
    "roles/serviceusage.serviceUsageConsumer": _role("serviceusage", "services.get", "services.use"),
    "roles/storage.legacyBucketReader": _role("storage", "buckets.get", "objects.list", on=BUCKET),
    "roles/storage.objectCreator": _role("storage", "objects.create", on=BUCKET),
    "roles/storage.objectUser": _role("storage", *_OBJECTS, on=BUCKET),
    "roles/storage.objectViewer": _role("storage", *_OBJECT_VIEWER, on=BUCKET),
}

PERMISSIONS = frozenset().union(*(role.permissions for role in ROLES.values()))
"""All permissions that can be granted. A check of another permission is a mistake in the code that checks it."""
