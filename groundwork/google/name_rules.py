"""The names and settings that Google accepts, by Pulumi type token and property.

The policy refuses other values before an `up`, the twin refuses them as Google would. Only values that the twin does not
support, and Google does, are refused by the twin's resource types themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_PROJECT = r"[a-z][a-z0-9-]{4,28}[a-z0-9]"
_REGION = r"[a-z]+-[a-z]+\d+"
_LABEL = r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?"
"""https://cloud.google.com/compute/docs/naming-resources, and services that follow the same rule."""
_API = r"[a-z0-9.-]+\.googleapis\.com"
_DATASET = r"[A-Za-z0-9_]{1,1024}"
_FEDERATION_ID = r"(?!gcp-)[a-z0-9-]{4,32}"
"""https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools/create"""
_KMS = r"[a-zA-Z0-9_-]{1,63}"
_VERTEX = r"[a-z_][a-z0-9_]{0,59}"
_CRON = r"[0-9A-Za-z*,/-]+"
"""https://cloud.google.com/scheduler/docs/configuring/cron-job-schedules, without the App Engine form."""

_RULES: Mapping[str, Mapping[str, str]] = {
    "gcp:artifactregistry/repository:Repository": {"repositoryId": _LABEL, "location": f"{_REGION}|us|europe|asia"},
    "gcp:bigquery/dataset:Dataset": {"datasetId": _DATASET},
    "gcp:bigquery/table:Table": {"datasetId": _DATASET, "tableId": _DATASET},
    "gcp:billing/budget:Budget": {"billingAccount": r"[0-9A-F]{6}(-[0-9A-F]{6}){2}", "displayName": r".{1,60}"},
    "gcp:cloudbuild/trigger:Trigger": {
        "name": r"[A-Za-z0-9]([A-Za-z0-9-]{0,62}[A-Za-z0-9])?",
        "location": f"{_REGION}|global",
        "serviceAccount": r"projects/[^/]+/serviceAccounts/[^/]+",
    },
    "gcp:cloudbuild/workerPool:WorkerPool": {"name": r"[a-z][a-z0-9-]{0,62}", "location": _REGION},
    "gcp:cloudbuildv2/connection:Connection": {"name": _LABEL, "location": _REGION},
    "gcp:cloudbuildv2/repository:Repository": {"name": r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", "location": _REGION},
    "gcp:cloudscheduler/job:Job": {
        "name": r"[A-Za-z0-9_-]{1,500}",
        "region": _REGION,
        "schedule": f"{_CRON}( {_CRON}){{4}}",
    },
    "gcp:compute/firewall:Firewall": {"name": _LABEL, "direction": "INGRESS|EGRESS"},
    "gcp:compute/globalAddress:GlobalAddress": {"name": _LABEL},
    "gcp:compute/network:Network": {"name": _LABEL, "routingMode": "REGIONAL|GLOBAL"},
    "gcp:compute/networkAttachment:NetworkAttachment": {
        "name": _LABEL,
        "region": _REGION,
        "connectionPreference": "ACCEPT_AUTOMATIC|ACCEPT_MANUAL",
    },
    "gcp:compute/router:Router": {"name": _LABEL, "region": _REGION},
    "gcp:compute/routerNat:RouterNat": {
        "name": _LABEL,
        "region": _REGION,
        "sourceSubnetworkIpRangesToNat": (
            "ALL_SUBNETWORKS_ALL_IP_RANGES|ALL_SUBNETWORKS_ALL_PRIMARY_IP_RANGES|LIST_OF_SUBNETWORKS"
        ),
    },
    "gcp:compute/subnetwork:Subnetwork": {"name": _LABEL, "region": _REGION},
    "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": {
        "workloadIdentityPoolId": _FEDERATION_ID,
        "displayName": r".{0,32}",
    },
    "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": {
        "workloadIdentityPoolProviderId": _FEDERATION_ID,
        "displayName": r".{0,32}",
    },
    "gcp:kms/cryptoKey:CryptoKey": {
        "name": _KMS,
        "keyRing": r"projects/[^/]+/locations/[^/]+/keyRings/[^/]+",
        "rotationPeriod": r"\d+s",
    },
    "gcp:kms/keyRing:KeyRing": {"name": _KMS, "location": f"{_REGION}|global|us|europe|asia"},
    "gcp:logging/metric:Metric": {"name": r"(?!/)[A-Za-z0-9_\-.,+!*',()%/]{1,100}"},
    "gcp:logging/projectSink:ProjectSink": {"name": r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}"},
    "gcp:monitoring/alertPolicy:AlertPolicy": {
        "combiner": "AND|OR|AND_WITH_MATCHING_RESOURCE",
        "severity": "CRITICAL|ERROR|WARNING",
    },
    "gcp:organizations/project:Project": {"projectId": _PROJECT, "deletionPolicy": "PREVENT|ABANDON|DELETE"},
    "gcp:projects/defaultServiceAccounts:DefaultServiceAccounts": {
        "restorePolicy": "NONE|REVERT|REVERT_AND_IGNORE_FAILURE",
    },
    "gcp:projects/iAMCustomRole:IAMCustomRole": {"roleId": r"[A-Za-z0-9_.]{3,64}"},
    "gcp:projects/service:Service": {"service": _API, "project": _PROJECT},
    "gcp:projects/serviceIdentity:ServiceIdentity": {"service": _API, "project": _PROJECT},
    "gcp:pubsub/topic:Topic": {"name": r"(?!goog)[A-Za-z][A-Za-z0-9._~%+-]{2,254}"},
    "gcp:secretmanager/secret:Secret": {"secretId": r"[A-Za-z0-9_-]{1,255}"},
    "gcp:secretmanager/secretVersion:SecretVersion": {"secret": r"projects/[^/]+/secrets/[^/]+"},
    "gcp:serviceaccount/account:Account": {"accountId": r"[a-z][a-z0-9-]{4,28}[a-z0-9]"},
    "gcp:servicenetworking/connection:Connection": {"service": r"servicenetworking\.googleapis\.com"},
    "gcp:storage/bucket:Bucket": {
        "name": r"(?!goog|.*google)[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]",  # without dots: those need a verified domain
        "publicAccessPrevention": "enforced|inherited",
    },
    # https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.endpoints/create#query-parameters
    "gcp:vertex/aiEndpoint:AiEndpoint": {"name": r"[1-9][0-9]{0,9}", "location": _REGION},
    "gcp:vertex/aiFeatureGroup:AiFeatureGroup": {"name": _VERTEX, "region": _REGION},
    "gcp:vertex/aiFeatureGroupFeature:AiFeatureGroupFeature": {"name": _VERTEX, "region": _REGION},
    "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore": {"name": _VERTEX, "region": _REGION},
    "gcp:vertex/aiMetadataStore:AiMetadataStore": {"name": _VERTEX, "region": _REGION},
    "gcp:workbench/instance:Instance": {
        "name": _LABEL,
        "location": f"{_REGION}-[a-f]",
        "desiredState": "ACTIVE|STOPPED",
    },
}

NAME_RULES: Mapping[str, Mapping[str, re.Pattern[str]]] = {
    type_: {property_: re.compile(pattern) for property_, pattern in rules.items()} for type_, rules in _RULES.items()
}
"""The patterns that the whole text of a property must match."""
