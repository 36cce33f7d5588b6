"""Every resource type that the twin knows, by its Pulumi type token."""

from __future__ import annotations

from collections.abc import Mapping

from groundwork.twin.services import (
    access,
    artifactregistry,
    bigquery,
    billing,
    cloudlogging,
    cloudscheduler,
    connections,
    customroles,
    federation,
    iam,
    kms,
    members,
    monitoring,
    networks,
    orgpolicy,
    pools,
    projects,
    pubsub,
    secretmanager,
    storage,
    triggers,
    vertex,
    workbench,
)
from groundwork.twin.services.kind import Kind

KINDS: Mapping[str, Kind] = {
    kind.type: kind
    for kind in (
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
        pools.WorkerPool(),
        iam.Account(),
        customroles.CustomRole(),
        storage.Bucket(),
        bigquery.Dataset(),
        bigquery.Table(),
        access.DatasetAccess(),
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
        *vertex.KINDS,
    )
}
