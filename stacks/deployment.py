"""The resources of one deployment of a pipeline, in an environment's stack or in the temporary stack of a candidate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.bucket import Bucket, BucketArgs
from components.dataset import Dataset, DatasetArgs
from components.service_account import ServiceAccount, ServiceAccountArgs
from groundwork.contract.deployment import Deployment as RunContext
from groundwork.environment import names, table_schemas
from groundwork.environment.sections.deployment import Deployment
from groundwork.google.table_schema import TableSchema


@dataclass(frozen=True, kw_only=True)
class Site:
    """Settings of an environment for its deployments. They are names only, so that another stack can read them from outputs."""

    project: str
    region: str
    labels: Mapping[str, str]
    protect_data: bool

    raw: pulumi.Input[str]
    """Id of the dataset with the client's raw tables, or with the training views."""

    topic: pulumi.Input[str]
    """Name of the notifications topic."""

    factory: pulumi.Input[str]
    """IAM member of the factory; it may read and write the results of every deployment."""

    key: pulumi.Input[str] | None
    """Full name of the key that encrypts the results; None: Google's own key."""

    readers: Mapping[str, str]
    """People who may read the results of every deployment, keyed by a stable name."""

    row_writer: pulumi.Input[str]
    """Full name of the role that permits writing rows, but not creating tables."""

    holdout_weeks: int
    """Weeks of the holdout in every raw table; 0 if the tables of `raw` end before the holdout."""


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """The dataset, identity and artifacts of one deployment."""

    name: str
    """The deployment's name."""
    pipeline: str
    owners: tuple[str, ...]

    dataset: str
    """Id of the dataset to create."""

    runner: pulumi.Input[str]
    """E-mail address of the identity of its runs, which may read and write the dataset's rows."""

    artifacts: pulumi.Input[str]
    """`gs://…`, to which `runner` may write."""

    own_tables: Mapping[str, TableSchema]
    """Tables in addition to the pipeline's."""

    writers: Mapping[str, pulumi.Input[str]]
    """IAM members in addition to `runner` who may read and write the dataset's rows, keyed by a stable name."""


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """Outputs for other parts of the program."""

    dataset: pulumi.Output[str]

    member: pulumi.Output[str]
    """IAM member of its runs."""

    context: pulumi.Output[dict[str, Any]]
    """The context of a pipeline's runs: exactly the fields of `groundwork.contract.deployment.Deployment`."""


def deploy(
    name: str, deployment: Deployment, site: Site, images: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None
) -> Deployed:
    """Build a deployment of an environment: its identity, bucket and dataset, after the resources in `opts`."""
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
    return common_resources(name, tenant, site, opts)


def scratch(
    name: str, pipeline: str, runner: pulumi.Input[str], site: Site, opts: pulumi.ResourceOptions | None = None
) -> Dataset:
    """Build the dataset for results of `groundwork try`: a second copy of the pipeline's tables, for the same identity.

    So only releases and the schedule write to the deployment's own dataset, and no person does.
    """
    # decision 25: trial runs never write to the serving tables
    return Dataset(
        names.scratch(name),
        DatasetArgs(
            dataset=names.scratch(name),
            project=site.project,
            location=site.region,
            description=f"Results of trial runs of {name}",
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


def common_resources(resource: str, tenant: Tenant, site: Site, opts: pulumi.ResourceOptions | None = None) -> Deployed:
    """Build the part that deployments of environments and candidates share: the dataset, and the context of runs."""
    dataset = Dataset(
        resource,
        DatasetArgs(
            dataset=tenant.dataset,
            project=site.project,
            location=site.region,
            description=f"Results of {resource}",
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
        context=pulumi.Output.all(
            dataset=dataset.dataset, raw=site.raw, artifacts=tenant.artifacts, runner=tenant.runner, topic=site.topic
        ).apply(lambda outputs: _run_context(tenant, site, outputs)),
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
        users={"factory": site.factory},  # the factory creates the schedule, which runs as this account
    )


def _run_context(tenant: Tenant, site: Site, outputs: Mapping[str, str]) -> dict[str, Any]:
    return RunContext(
        name=tenant.name,
        pipeline=tenant.pipeline,
        project=site.project,
        region=site.region,
        dataset=f"{site.project}.{outputs['dataset']}",
        raw=f"{site.project}.{outputs['raw']}",
        artifacts=outputs["artifacts"],
        runner=outputs["runner"],
        topic=f"projects/{site.project}/topics/{outputs['topic']}",
        owners=tenant.owners,
        holdout_weeks=site.holdout_weeks,
    ).model_dump(mode="json")
