"""Rules for what a program may make at all: types that somebody has looked at, in the environment's project."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from groundwork.policy.resource import Demands, Finding, Made, finding

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
"""What the program, its components and the bootstrap make. Whoever adds one looks what it gives to whom, and what reaches it."""

TELLING = frozenset({
    "access-list", "api-key", "authoritative-iam", "open-firewall", "outside-the-project", "public-address", "public-service",
    "service-account-key",
})  # fmt: skip
"""Rules that know a type for what is wrong with it: where one has spoken, somebody has looked at it."""

_ABOVE = re.compile(r"gcp:(folder|organizations|billing|accesscontextmanager|orgpolicy|tags)/.*")
_BESIDE_THE_LIST = "gcp:bigquery/datasetIamMember:DatasetIamMember"
_LISTS = re.compile(r"gcp:storage/(.*ACL|.*AccessControl):.*")


def placed(made: Made, demands: Demands) -> Iterator[Finding]:
    """Refuse what is not in the environment's project, or is granted above it."""
    project, parent = made.text("project"), made.text("parent")
    if _ABOVE.fullmatch(made.type) and made.type not in TYPES:
        reason = "holds beyond the environment's project"
    elif project and project != demands.project:
        reason = f"is in {project}, not in {demands.project}"
    elif parent and parent != f"projects/{demands.project}" and "/" in parent and made.type.startswith("gcp:orgpolicy"):
        reason = f"holds for {parent}"
    else:
        reason = _of_another(made, demands)
    if reason:
        yield finding("outside-the-project", made, reason, "an environment's program stays in the environment's project")


def _of_another(made: Made, demands: Demands) -> str:
    """Return what is said of a grant on another project's identity."""
    found = re.match(r"projects/([^/]+)/serviceAccounts/", made.text("service_account_id"))
    return f"grants on an identity of {found[1]}" if found and found[1] not in {demands.project, "-"} else ""


def lists(made: Made, demands: Demands) -> Iterator[Finding]:
    """Refuse access lists of buckets and objects, which no rule for grants sees, and what takes a dataset's own list apart."""
    _ = demands
    if _LISTS.fullmatch(made.type):
        way_out = "grant a role on the bucket (BucketIAMMember)"
        yield finding("access-list", made, "opens objects by a list beside the grants", way_out)
    if made.type == _BESIDE_THE_LIST:
        way_out = "grant by an entry of the dataset's list: components/grants.py, `on_dataset`"
        yield finding("access-list", made, "writes the dataset's list back without its authorised views", way_out)


def unseen(made: Made, found: Sequence[Finding]) -> Iterator[Finding]:
    """Refuse a type that nobody has looked at, of Google's provider or any other."""
    if made.type not in TYPES and not {each.code for each in found} & TELLING:
        way_out = "make it of what there is, or add the type to groundwork/policy/types.py, with the rules that it needs"
        yield finding("unknown-type", made, "is of a type that no rule has looked at", way_out)


RULES = (placed, lists)
