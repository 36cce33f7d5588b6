"""The parts of Vertex AI for runs and online predictions: metadata, endpoints, features."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import pulumi

from components.dataset import Dataset, DatasetArgs
from components.endpoint import Endpoint, EndpointArgs
from components.feature_group import FeatureGroup, FeatureGroupArgs
from components.metadata_store import MetadataStore, MetadataStoreArgs
from components.online_store import OnlineStore, OnlineStoreArgs
from groundwork.environment import names, table_schemas
from groundwork.environment.file import Environment
from groundwork.environment.sections.serving import Features
from stacks.foundation import Foundation


def serving(
    environment: Environment, base: Foundation, datasets: Mapping[str, pulumi.Output[str]], labels: Mapping[str, str]
) -> None:
    """Build the parts that the section of the environment file asks for; `datasets` are the deployments' datasets."""
    section, project, region = environment.serving, environment.project, environment.region
    if section is None:
        return
    first = base.services.before("aiplatform", "bigquery")
    if section.metadata_store:
        store = MetadataStoreArgs(
            project=project,
            region=region,
            description="Artifacts and executions of pipeline runs",
            protect=environment.protect_data,
            key=base.key,
        )
        MetadataStore("metadata", store, first)
    for name in environment.deployments if section.endpoint else ():
        endpoint = EndpointArgs(
            endpoint=name,
            project=project,
            region=region,
            description=f"Predictions of {name}'s champion",
            labels=labels,
            key=base.key,
        )
        Endpoint(name, endpoint, first)
    for deployment in sorted({features.deployment for features in section.features.values()}):
        _features(environment, deployment, datasets[deployment], base, labels)
    if section.online_store:
        OnlineStore(
            "features", OnlineStoreArgs(store="features", project=project, region=region, labels=labels, key=base.key), first
        )


def _features(
    environment: Environment,
    deployment: str,
    dataset: pulumi.Output[str],
    base: Foundation,
    labels: Mapping[str, str],
) -> None:
    first = base.services.before("aiplatform", "bigquery")
    groups = {
        name: features
        for name, features in (environment.serving.features if environment.serving else {}).items()
        if features.deployment == deployment
    }
    source = dataset.apply(lambda dataset_id: f"{environment.project}.{dataset_id}")
    tables = table_schemas.pipeline_tables(environment.deployments[deployment].pipeline)
    types = {name: tables[features.table].types[features.time] for name, features in groups.items()}
    views = Dataset(
        names.features(deployment),
        DatasetArgs(
            dataset=names.features(deployment),
            project=environment.project,
            location=environment.region,
            description=f"Results of the champion of {deployment}, as features",
            labels=labels,
            tables={},
            views={name: source.apply(functools.partial(view, features, types[name])) for name, features in groups.items()},
            views_of={deployment: dataset},
            protect=environment.protect_data,
            key=base.key,
        ),
        first,
    )
    for name, features in groups.items():
        group = FeatureGroupArgs(
            group=name,
            project=environment.project,
            region=environment.region,
            description=f"{features.table} of {deployment}, by {features.entity}",
            labels=labels,
            source=pulumi.Output.concat(f"bq://{environment.project}.", views.dataset, f".{name}"),
            entity=[features.entity],
            columns=features.columns,
        )
        FeatureGroup(name, group, first)


def view(features: Features, time_type: str, source: str) -> str:
    """Return the query for the champion's rows of a table of the dataset `source` (`project.dataset`), in the form of features.

    https://cloud.google.com/vertex-ai/docs/featurestore/latest/prepare-data-source: a row has a `feature_timestamp`.
    """
    time = f"`{features.time}`" if time_type == "TIMESTAMP" else f"TIMESTAMP(`{features.time}`)"
    columns = ", ".join(f"`{column}`" for column in (features.entity, *features.columns))
    newest = f"(SELECT MAX(`sequence`) FROM `{source}.{table_schemas.SERVING}`)"  # noqa: S608  names that the environment file validates
    run = f"(SELECT `run` FROM `{source}.{table_schemas.SERVING}` WHERE `sequence` = {newest})"  # noqa: S608  as above
    return f"SELECT {columns}, {time} AS `feature_timestamp` FROM `{source}.{features.table}` WHERE `batch` = {run}"  # noqa: S608  as above
