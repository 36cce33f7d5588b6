"""Rules for resource types: a program creates only reviewed types, in the environment's project."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from groundwork.policy.resource import Requirements, Resource, Violation, violation

TYPES = frozenset({
    "gcp:artifactregistry/repository:Repository",
    "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember",
    "gcp:bigquery/dataset:Dataset",
    "gcp:bigquery/datasetAccess:DatasetAccess",
    "gcp:bigquery/table:Table",
    "gcp:billing/budget:Budget",
    "gcp:cloudbuild/trigger:Trigger",
    "gcp:cloudbuild/workerPool:WorkerPool",
    "gcp:cloudbuildv2/connection:Connection",
    "gcp:cloudbuildv2/repository:Repository",
    "gcp:cloudscheduler/job:Job",
    "gcp:compute/firewall:Firewall",
    "gcp:compute/globalAddress:GlobalAddress",
    "gcp:compute/network:Network",
    "gcp:compute/networkAttachment:NetworkAttachment",
    "gcp:compute/router:Router",
    "gcp:compute/routerNat:RouterNat",
    "gcp:compute/subnetwork:Subnetwork",
    "gcp:iam/workloadIdentityPool:WorkloadIdentityPool",
    "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider",
    "gcp:kms/cryptoKey:CryptoKey",
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember",
    "gcp:kms/keyRing:KeyRing",
    "gcp:logging/metric:Metric",
    "gcp:logging/projectSink:ProjectSink",
    "gcp:monitoring/alertPolicy:AlertPolicy",
    "gcp:monitoring/notificationChannel:NotificationChannel",
    "gcp:organizations/project:Project",
    "gcp:orgpolicy/policy:Policy",
    "gcp:projects/defaultServiceAccounts:DefaultServiceAccounts",
    "gcp:projects/iAMAuditConfig:IAMAuditConfig",
    "gcp:projects/iAMCustomRole:IAMCustomRole",
    "gcp:projects/iAMMember:IAMMember",
    "gcp:projects/service:Service",
    "gcp:projects/serviceIdentity:ServiceIdentity",
    "gcp:pubsub/topic:Topic",
    "gcp:pubsub/topicIAMMember:TopicIAMMember",
    "gcp:secretmanager/secret:Secret",
    "gcp:secretmanager/secretIamMember:SecretIamMember",
    "gcp:serviceaccount/account:Account",
    "gcp:serviceaccount/iAMMember:IAMMember",
    "gcp:servicenetworking/connection:Connection",
    "gcp:storage/bucket:Bucket",
    "gcp:storage/bucketIAMMember:BucketIAMMember",
    "gcp:vertex/aiEndpoint:AiEndpoint",
    "gcp:vertex/aiFeatureGroup:AiFeatureGroup",
    "gcp:vertex/aiFeatureGroupFeature:AiFeatureGroupFeature",
    "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore",
    "gcp:vertex/aiMetadataStore:AiMetadataStore",
    "gcp:workbench/instance:Instance",
})  # fmt: skip
"""The types of the program, its components and the bootstrap. Before you add one, review its access and its exposure."""

SPECIFIC = frozenset({
    "access-list", "api-key", "authoritative-iam", "open-firewall", "outside-the-project", "public-address", "public-service",
    "service-account-key",
})  # fmt: skip
"""Rules that refuse types which are not in `TYPES`, with a more specific reason than `unknown-type`."""

_ABOVE = re.compile(r"gcp:(folder|organizations|billing|accesscontextmanager|orgpolicy|tags)/.*")
_BESIDE_THE_LIST = "gcp:bigquery/datasetIamMember:DatasetIamMember"
_LISTS = re.compile(r"gcp:storage/(.*ACL|.*AccessControl):.*")


def placed(resource: Resource, requirements: Requirements) -> Iterator[Violation]:
    """Refuse resources outside the environment's project, and grants above it."""
    project, parent = resource.text("project"), resource.text("parent")
    if _ABOVE.fullmatch(resource.type) and resource.type not in TYPES:
        reason = "holds beyond the environment's project"
    elif project and project != requirements.project:
        reason = f"is in {project}, not in {requirements.project}"
    elif parent and parent != f"projects/{requirements.project}" and "/" in parent and resource.type.startswith("gcp:orgpolicy"):
        reason = f"holds for {parent}"
    else:
        reason = _of_another(resource, requirements)
    if reason:
        yield violation("outside-the-project", resource, reason, "create it in the environment's project")


def _of_another(resource: Resource, requirements: Requirements) -> str:
    """Return the reason against a grant on another project's identity, "" for any other resource."""
    match = re.match(r"projects/([^/]+)/serviceAccounts/", resource.text("service_account_id"))
    return f"grants on an identity of {match[1]}" if match and match[1] not in {requirements.project, "-"} else ""


def lists(resource: Resource, requirements: Requirements) -> Iterator[Violation]:
    """Refuse access lists of buckets and objects, which no rule for grants checks, and grants that damage a dataset's list."""
    _ = requirements
    if _LISTS.fullmatch(resource.type):
        way_out = "grant a role on the bucket (BucketIAMMember)"
        yield violation("access-list", resource, "gives access by a list, which the rules for grants do not check", way_out)
    if resource.type == _BESIDE_THE_LIST:
        way_out = "use an entry of the dataset's access list: components/grants.py, `on_dataset`"
        yield violation("access-list", resource, "writes the dataset's list back without its authorised views", way_out)


def unseen(resource: Resource, violations: Sequence[Violation]) -> Iterator[Violation]:
    """Refuse a type that is not in `TYPES`, of Google's provider or any other."""
    if resource.type not in TYPES and not {violation.code for violation in violations} & SPECIFIC:
        way_out = "use a listed type, or add this one to groundwork/policy/types.py with the rules that it needs"
        yield violation("unknown-type", resource, "is of a type that is not reviewed", way_out)


RULES = (placed, lists)
