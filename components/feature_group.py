"""Features: columns of a BigQuery table or view that are registered for training and serving.

Owns the group and its features. Does not own the table: the values stay in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,59}")


@dataclass(frozen=True, kw_only=True)
class FeatureGroupArgs:
    """One group of features from one source."""

    group: str
    """The group's name: lower-case letters, digits and underscores."""

    project: str
    """The project that owns the group."""

    region: str
    """The group's region; the source must be readable from there."""

    description: str
    """Meaning of the features and their entity."""

    labels: Mapping[str, str]
    """Labels of client, environment and managing tool; also for its features."""

    source: pulumi.Input[str]
    """`bq://project.dataset.table`, with a column `feature_timestamp` (TIMESTAMP)."""

    entity: Sequence[str]
    """The columns that identify a row's entity, of type STRING."""

    columns: Sequence[str]
    """The columns that become features. A feature has its column's name in lower-case letters."""

    def __post_init__(self) -> None:
        for name in (self.group, *map(str.lower, self.columns)):
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} is not a name of a feature or group: use up to 60 letters, digits and underscores")
        if not self.entity or not self.columns:
            raise ValueError("entity or columns is empty: a group needs an entity column and at least one feature")


class FeatureGroup(pulumi.ComponentResource):
    """A group and its features.

    Produces `<name>` (gcp.vertex.AiFeatureGroup) and `<name>-<feature>` (gcp.vertex.AiFeatureGroupFeature) per column.
    """

    group: pulumi.Output[str]
    """The group's name."""

    def __init__(self, name: str, args: FeatureGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:vertex:FeatureGroup", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        group = gcp.vertex.AiFeatureGroup(
            name,
            name=args.group,
            project=args.project,
            region=args.region,
            description=args.description,
            labels=args.labels,
            big_query={"big_query_source": {"input_uri": args.source}, "entity_id_columns": list(args.entity)},
            opts=child,
        )
        for column in args.columns:
            gcp.vertex.AiFeatureGroupFeature(
                f"{name}-{column.lower()}",
                name=column.lower(),
                version_column_name=column,
                feature_group=group.name,
                project=args.project,
                region=args.region,
                labels=args.labels,
                opts=child,
            )

        self.group = group.name
        self.register_outputs({"group": self.group})
