"""What one deployment of a pipeline consists of, whoever asks for it: an environment, or a stack that lives for one candidate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.bucket import Bucket, BucketArgs
from components.dataset import Dataset, DatasetArgs
from components.service_account import ServiceAccount, ServiceAccountArgs
from groundwork.ports.deployment import Deployment as Surroundings
from stacks import names, tables
from stacks.config import Deployment


@dataclass(frozen=True, kw_only=True)
class Site:
    """What an environment gives to each of its deployments. Only names: another stack can take them from its outputs."""

    project: str
    region: str
    labels: Mapping[str, str]
    protect_data: bool

    raw: pulumi.Input[str]
    """Id of the dataset that holds the client's raw tables."""

    topic: pulumi.Input[str]
    """Name of the notifications topic."""

    images: pulumi.Input[str]
    """Id of the repository of the platform's images."""


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """What later parts take from here."""

    dataset: pulumi.Output[str]
    runner: pulumi.Output[str]
    """`projects/…/serviceAccounts/…`, known once it may do what it has to."""

    surroundings: pulumi.Output[dict[str, Any]]
    """What a pipeline is told of where it runs: the fields of `groundwork.ports.deployment.Deployment`, and no others."""


def deploy(name: str, deployment: Deployment, site: Site, opts: pulumi.ResourceOptions | None = None) -> Deployed:
    """Build one: an identity, a bucket and a dataset that belong to it. `opts` say what has to be there first."""
    runner = ServiceAccount(names.runner(name), _runner(name, site), opts)
    artifacts = Bucket(
        f"{name}-artifacts",
        BucketArgs(
            bucket=names.artifacts_bucket(site.project, name),
            project=site.project,
            location=site.region,
            labels=site.labels,
            protect=site.protect_data,
            retention_days=deployment.retention_days,
            writers={"runner": runner.member},
        ),
        opts,
    )
    dataset = Dataset(
        name,
        DatasetArgs(
            dataset=names.dataset(name),
            project=site.project,
            location=site.region,
            description=f"What the deployment {name} stores",
            labels=site.labels,
            tables=tables.pipeline_tables(deployment.pipeline),
            protect=site.protect_data,
            editors={"runner": runner.member},
        ),
        opts,
    )
    return Deployed(
        dataset=dataset.dataset,
        runner=runner.id_in_project,
        surroundings=pulumi.Output.all(
            dataset=dataset.dataset, raw=site.raw, artifacts=artifacts.url, runner=runner.email, topic=site.topic
        ).apply(lambda made: _surroundings(name, deployment, site, made)),
    )


def _runner(name: str, site: Site) -> ServiceAccountArgs:
    return ServiceAccountArgs(
        account_id=names.runner(name),
        project=site.project,
        display_name=f"Builds and runs of {name}",
        roles={"queries": "roles/bigquery.jobUser", "logs": "roles/logging.logWriter"},
        reads={"raw": site.raw},
        publishes={"notifications": site.topic},
        pulls={"images": site.images},
        region=site.region,
    )


def _surroundings(name: str, deployment: Deployment, site: Site, made: Mapping[str, str]) -> dict[str, Any]:
    return Surroundings(
        name=name,
        pipeline=deployment.pipeline,
        project=site.project,
        region=site.region,
        dataset=f"{site.project}.{made['dataset']}",
        raw=f"{site.project}.{made['raw']}",
        artifacts=made["artifacts"],
        runner=made["runner"],
        topic=f"projects/{site.project}/topics/{made['topic']}",
        owners=deployment.owners,
        held_out_weeks=deployment.held_out_weeks,
    ).model_dump(mode="json")
