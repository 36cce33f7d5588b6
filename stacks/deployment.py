"""What one deployment of a pipeline consists of, whoever asks for it: an environment, or a stack that lives for one candidate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.bucket import Bucket, BucketArgs
from components.dataset import Dataset, DatasetArgs
from components.service_account import ServiceAccount, ServiceAccountArgs
from groundwork.contract.deployment import Deployment as Surroundings
from groundwork.environment import names, table_schemas
from groundwork.environment.sections.deployment import Deployment
from groundwork.google.table_schema import TableSchema


@dataclass(frozen=True, kw_only=True)
class Site:
    """What an environment gives to each of its deployments. Only names: another stack can take them from its outputs."""

    project: str
    region: str
    labels: Mapping[str, str]
    protect_data: bool

    raw: pulumi.Input[str]
    """Id of the dataset that is read as the client's raw tables."""

    topic: pulumi.Input[str]
    """Name of the notifications topic."""

    factory: pulumi.Input[str]
    """IAM member that the factory is; it may read and write what every deployment stores."""

    key: pulumi.Input[str] | None
    """Full name of the key that encrypts what is stored; None: Google's own."""

    readers: Mapping[str, str]
    """People who may read what every deployment stores, keyed by a name that will not change."""

    row_writer: pulumi.Input[str]
    """Full name of the role by which rows are written, and no table is made."""

    holdout_weeks: int
    """Of every raw table; 0 where `raw` ends before them by itself."""


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """Whose results are stored, as whom, and where the rest of them goes."""

    name: str
    """The deployment's."""
    pipeline: str
    owners: tuple[str, ...]

    dataset: str
    """Id of the dataset that is made for it."""

    runner: pulumi.Input[str]
    """E-mail address of the identity that it runs as; may read and write the dataset's rows."""

    artifacts: pulumi.Input[str]
    """`gs://…`, which `runner` may write to."""

    own_tables: Mapping[str, TableSchema]
    """Besides the pipeline's."""

    writers: Mapping[str, pulumi.Input[str]]
    """IAM members who may read and write the dataset's rows besides `runner`, keyed by a name that will not change."""


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """What later parts take from here."""

    dataset: pulumi.Output[str]

    member: pulumi.Output[str]
    """IAM member that its runs are."""

    surroundings: pulumi.Output[dict[str, Any]]
    """What a pipeline is told of where it runs: the fields of `groundwork.contract.deployment.Deployment`, and no others."""


def deploy(
    name: str, deployment: Deployment, site: Site, images: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None
) -> Deployed:
    """Build one that stays: an identity, a bucket and a dataset of its own. `opts` say what has to be there first."""
    runner = ServiceAccount(names.runner(name), _runner(name, site, images), opts)
    artifacts = Bucket(
        f"{name}-artifacts",
        BucketArgs(
            bucket=names.artifacts_bucket(site.project, name),
            project=site.project,
            location=site.region,
            labels=site.labels,
            protect=site.protect_data,
            retention_days=deployment.retention_days,
            key=site.key,
            writers={"runner": runner.member},
        ),
        opts,
    )
    tenant = Tenant(
        name=name,
        pipeline=deployment.pipeline,
        owners=deployment.owners,
        dataset=names.dataset(name),
        runner=runner.email,
        artifacts=artifacts.url,
        own_tables={table_schemas.SERVING: table_schemas.serving()},
        writers={"factory": site.factory},
    )
    return settle(name, tenant, site, opts)


def scratch(
    name: str, pipeline: str, runner: pulumi.Input[str], site: Site, opts: pulumi.ResourceOptions | None = None
) -> Dataset:
    """Build where `groundwork try` stores: the pipeline's tables once more, for the same identity.

    So a deployment's own dataset is written by releases and by its schedule, and by no person.
    """
    # decision 25: trial runs never write to the serving tables
    return Dataset(
        names.scratch(name),
        DatasetArgs(
            dataset=names.scratch(name),
            project=site.project,
            location=site.region,
            description=f"What people try of {name} by hand",
            labels=site.labels,
            tables=table_schemas.pipeline_tables(pipeline),
            protect=False,
            key=site.key,
            readers=site.readers,
            writers={"runner": runner},
            writer_role=site.row_writer,
        ),
        opts,
    )


def settle(resource: str, tenant: Tenant, site: Site, opts: pulumi.ResourceOptions | None = None) -> Deployed:
    """Build what every deployment has, its identity and its place for artifacts apart: the dataset, and what names them all."""
    dataset = Dataset(
        resource,
        DatasetArgs(
            dataset=tenant.dataset,
            project=site.project,
            location=site.region,
            description=f"What {resource} stores",
            labels=site.labels,
            tables={**table_schemas.pipeline_tables(tenant.pipeline), **tenant.own_tables},
            protect=site.protect_data,
            key=site.key,
            readers=site.readers,
            writers={"runner": pulumi.Output.concat("serviceAccount:", tenant.runner), **tenant.writers},
            writer_role=site.row_writer,
        ),
        opts,
    )
    return Deployed(
        dataset=dataset.dataset,
        member=pulumi.Output.concat("serviceAccount:", tenant.runner),
        surroundings=pulumi.Output.all(
            dataset=dataset.dataset, raw=site.raw, artifacts=tenant.artifacts, runner=tenant.runner, topic=site.topic
        ).apply(lambda made: _surroundings(tenant, site, made)),
    )


def _runner(name: str, site: Site, images: pulumi.Input[str]) -> ServiceAccountArgs:
    return ServiceAccountArgs(
        account_id=names.runner(name),
        project=site.project,
        display_name=f"Runs of {name}",
        roles={"queries": "roles/bigquery.jobUser", "logs": "roles/logging.logWriter"},
        reads={"raw": site.raw},
        pulls={"images": images},
        region=site.region,
        users={"factory": site.factory},  # which has the schedule run as it
    )


def _surroundings(tenant: Tenant, site: Site, made: Mapping[str, str]) -> dict[str, Any]:
    return Surroundings(
        name=tenant.name,
        pipeline=tenant.pipeline,
        project=site.project,
        region=site.region,
        dataset=f"{site.project}.{made['dataset']}",
        raw=f"{site.project}.{made['raw']}",
        artifacts=made["artifacts"],
        runner=made["runner"],
        topic=f"projects/{site.project}/topics/{made['topic']}",
        owners=tenant.owners,
        holdout_weeks=site.holdout_weeks,
    ).model_dump(mode="json")
