"""BigQuery datasets with their tables.

Owns a dataset, the tables declared in it, and who may read or write them all. Does not own rows, nor tables that programs
make for themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp

from components.grants import known_after
from components.table_schema import TableSchema

_NAME = re.compile(r"^[A-Za-z0-9_]{1,1024}$")


@dataclass(frozen=True, kw_only=True)
class DatasetArgs:
    """One dataset. Defaults are what production should have."""

    dataset: str
    """Its id: letters, digits and underscores."""

    project: str
    """The project that owns it and pays for storage."""

    location: str
    """Region or multi-region. Datasets cannot move, and a query reads from one location only."""

    description: str
    """What is in it and who writes it."""

    labels: Mapping[str, str]
    """Whose it is and what manages it; for its tables as well."""

    tables: Mapping[str, TableSchema]
    """Its tables by name."""

    protect: bool = True
    """Refuse to destroy it, or a table in it, while it may hold rows."""

    readers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """IAM members who may read rows, keyed by a name that will not change."""

    editors: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """IAM members who may read and write rows, keyed likewise."""

    def __post_init__(self) -> None:
        for name in (self.dataset, *self.tables):
            if not _NAME.match(name):
                raise ValueError(f"{name!r} names no dataset or table: letters, digits and underscores")


class Dataset(pulumi.ComponentResource):
    """A dataset, its tables and the grants on it.

    Produces `<name>` (gcp.bigquery.Dataset), `<name>-<table>` (gcp.bigquery.Table) per table, and `<name>-reader-<key>` and
    `<name>-editor-<key>` (gcp.bigquery.DatasetIamMember).
    """

    dataset: pulumi.Output[str]
    """The dataset's id, known only once its tables and grants are in place."""

    def __init__(self, name: str, args: DatasetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:bigquery:Dataset", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        dataset = gcp.bigquery.Dataset(
            name,
            dataset_id=args.dataset,
            project=args.project,
            location=args.location,
            description=args.description,
            labels=args.labels,
            delete_contents_on_destroy=not args.protect,
            opts=child,
        )
        tables = list(_tables(name, args, dataset, child))
        grants = list(_grants(name, args, dataset, child))

        self.dataset = known_after(dataset.dataset_id, [*tables, *grants])
        self.register_outputs({"dataset": self.dataset})


def _tables(
    name: str, args: DatasetArgs, dataset: gcp.bigquery.Dataset, opts: pulumi.ResourceOptions
) -> Iterator[gcp.bigquery.Table]:
    for table, schema in args.tables.items():
        yield gcp.bigquery.Table(
            f"{name}-{table}",
            dataset_id=dataset.dataset_id,
            table_id=table,
            project=args.project,
            schema=schema.text,
            table_constraints={"primary_key": {"columns": list(schema.key)}} if schema.key else None,
            labels=args.labels,
            deletion_protection=args.protect,
            opts=opts,
        )


def _grants(
    name: str, args: DatasetArgs, dataset: gcp.bigquery.Dataset, opts: pulumi.ResourceOptions
) -> Iterator[gcp.bigquery.DatasetIamMember]:
    kinds = {"reader": (args.readers, "roles/bigquery.dataViewer"), "editor": (args.editors, "roles/bigquery.dataEditor")}
    for kind, (members, role) in kinds.items():
        for who, member in members.items():
            yield gcp.bigquery.DatasetIamMember(
                f"{name}-{kind}-{who}",
                project=args.project,
                dataset_id=dataset.dataset_id,
                role=role,
                member=member,
                opts=opts,
            )
