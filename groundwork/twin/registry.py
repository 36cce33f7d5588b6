"""Every resource type that the twin knows, by its Pulumi type token."""

from __future__ import annotations

from collections.abc import Mapping

from groundwork.twin.artifactregistry import resources as artifactregistry
from groundwork.twin.bigquery import dataset_access
from groundwork.twin.bigquery import resources as bigquery
from groundwork.twin.billing import resources as billing
from groundwork.twin.cloudbuild import connections, triggers, worker_pools
from groundwork.twin.cloudscheduler import resources as cloudscheduler
from groundwork.twin.compute import networks
from groundwork.twin.core.resource_type import ResourceType
from groundwork.twin.iam import custom_roles, federation, members, service_accounts
from groundwork.twin.kms import resources as kms
from groundwork.twin.logging import resources as cloudlogging
from groundwork.twin.monitoring import resources as monitoring
from groundwork.twin.orgpolicy import resources as orgpolicy
from groundwork.twin.projects import resources as projects
from groundwork.twin.pubsub import resources as pubsub
from groundwork.twin.secretmanager import resources as secretmanager
from groundwork.twin.storage import resources as storage
from groundwork.twin.vertex import resources as vertex
from groundwork.twin.workbench import resources as workbench

RESOURCE_TYPES: Mapping[str, ResourceType] = {
    resource_type.type: resource_type
    for resource_type in (
        projects.Service(),
        projects.ServiceIdentity(),
        projects.Project(),
        projects.AuditConfig(),
        projects.DefaultAccounts(),
        orgpolicy.Policy(),
        networks.Network(),
        networks.Subnetwork(),
        networks.Router(),
        networks.RouterNat(),
        networks.Firewall(),
        networks.GlobalAddress(),
        networks.NetworkAttachment(),
        networks.Connection(),
        worker_pools.WorkerPool(),
        service_accounts.Account(),
        custom_roles.CustomRole(),
        storage.Bucket(),
        bigquery.Dataset(),
        bigquery.Table(),
        dataset_access.DatasetAccess(),
        artifactregistry.Repository(),
        kms.KeyRing(),
        kms.CryptoKey(),
        pubsub.Topic(),
        secretmanager.Secret(),
        secretmanager.SecretVersion(),
        connections.Connection(),
        connections.Repository(),
        triggers.Trigger(),
        workbench.Instance(),
        monitoring.NotificationChannel(),
        monitoring.AlertPolicy(),
        cloudlogging.Metric(),
        cloudlogging.ProjectSink(),
        billing.Budget(),
        federation.Pool(),
        federation.Provider(),
        cloudscheduler.Job(),
        *members.MEMBERS,
        *vertex.RESOURCE_TYPES,
    )
}
