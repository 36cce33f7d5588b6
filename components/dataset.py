"""BigQuery datasets with their tables.

Owns a dataset, the tables declared in it, and who may read or write them all. Does not own rows, nor tables that programs
make for themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_gcp as gcp

from components.grants import known_after, on_dataset, once_made
from groundwork.google.dropped_columns import columns_kept
from groundwork.google.table_schema import TableSchema

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

    views: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Its views by name: each one's query, in standard SQL, with every table named in full."""

    views_of: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Datasets of the project, by their ids, that every view here may read whoever queries it; keyed by a lasting name."""

    expire_days: int | None = None
    """Delete a table so many days after it was made, unless it says otherwise; for what programs make. None: never."""

    protect: bool = True
    """Refuse to destroy or replace a table in it, and it while it has declared tables: Pulumi in the preview already."""

    key: pulumi.Input[str] | None = None
    """Full name of the Cloud KMS key that encrypts tables; None: Google's own. Its service's agent may use it already."""

    readers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """IAM members who may read rows, keyed by a name that will not change."""

    writers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """IAM members who get `writer_role`, keyed likewise."""

    writer_role: pulumi.Input[str] | None = None
    """Full name of the role by which writers read and write rows; needed with `writers` only. There is no default: Google's own
    `bigquery.dataEditor` makes, changes and drops tables and views as well."""

    def __post_init__(self) -> None:
        for name in (self.dataset, *self.tables, *self.views):
            if not _NAME.match(name):
                raise ValueError(f"{name!r} names no dataset, table or view: letters, digits and underscores")
        if self.expire_days is not None and (self.expire_days < 1 or self.tables):
            raise ValueError("expire_days is at least 1, and for datasets without declared tables: those would be deleted too")
        if self.writers and self.writer_role is None:
            raise ValueError("writers get no role: give `writer_role` along with them")
        if both := sorted(set(self.tables) & set(self.views)):
            raise ValueError(f"{both[0]!r} is a table and a view: one name, one of them")


class Dataset(pulumi.ComponentResource):
    """A dataset, its tables and views, the grants on it, and what its views are authorised for.

    Produces `<name>` (gcp.bigquery.Dataset), `<name>-<table>` (gcp.bigquery.Table) per table and view, and entries of access
    lists (gcp.bigquery.DatasetAccess): `<name>-reader-<key>`, `<name>-writer-<key>`, and `<name>-<view>-of-<key>` on the dataset
    that the view reads.
    """

    dataset: pulumi.Output[str]
    """The dataset's id, known only once its tables, views and grants are in place."""

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
            default_encryption_configuration=None if args.key is None else {"kms_key_name": args.key},
            default_table_expiration_ms=None if args.expire_days is None else args.expire_days * 24 * 60 * 60 * 1000,
            delete_contents_on_destroy=not args.protect,
            opts=child.merge(pulumi.ResourceOptions(protect=args.protect and bool(args.tables))),  # views hold no rows
        )
        tables = list(_tables(name, args, dataset, child))
        grants = list(_grants(name, args, dataset, child))

        views = list(_views(name, args, dataset, child))

        self.dataset = known_after(once_made(dataset.dataset_id, [*tables, *views]), grants)
        self.register_outputs({"dataset": self.dataset})


def _tables(
    name: str, args: DatasetArgs, dataset: gcp.bigquery.Dataset, opts: pulumi.ResourceOptions
) -> Iterator[gcp.bigquery.Table]:
    hooks = columns_kept(name) if args.protect and args.tables else None
    # decision 18: the preview refuses to delete data
    kept = opts.merge(pulumi.ResourceOptions(protect=args.protect, hooks=hooks))
    for table, schema in args.tables.items():
        yield gcp.bigquery.Table(
            f"{name}-{table}",
            dataset_id=dataset.dataset_id,
            table_id=table,
            project=args.project,
            schema=schema.text,
            table_constraints={"primary_key": {"columns": list(schema.key)}} if schema.key else None,
            time_partitioning={"type": schema.partition.by, "field": schema.partition.column} if schema.partition else None,
            clusterings=list(schema.cluster) or None,
            labels=args.labels,
            deletion_protection=args.protect,
            opts=kept,
        )


def _views(
    name: str, args: DatasetArgs, dataset: gcp.bigquery.Dataset, opts: pulumi.ResourceOptions
) -> Iterator[pulumi.CustomResource]:
    # BigQuery forgets what a view was authorised for when its query changes: it is replaced instead, and its entries with it.
    anew = opts.merge(pulumi.ResourceOptions(replace_on_changes=["view"], delete_before_replace=True))
    for view, query in args.views.items():
        made = gcp.bigquery.Table(
            f"{name}-{view}",
            dataset_id=dataset.dataset_id,
            table_id=view,
            project=args.project,
            view={"query": query, "use_legacy_sql": False},
            labels=args.labels,
            deletion_protection=False,
            opts=anew,
        )
        yield made
        for key, other in args.views_of.items():
            yield gcp.bigquery.DatasetAccess(
                f"{name}-{view}-of-{key}",
                dataset_id=other,
                project=args.project,
                view={"project_id": args.project, "dataset_id": made.dataset_id, "table_id": made.table_id},
                opts=opts,
            )


def _grants(
    name: str, args: DatasetArgs, dataset: gcp.bigquery.Dataset, opts: pulumi.ResourceOptions
) -> Iterator[gcp.bigquery.DatasetAccess]:
    given: dict[str, Any] = {"dataset": dataset.dataset_id, "project": args.project, "opts": opts}
    for who, member in args.readers.items():
        yield on_dataset(f"{name}-reader-{who}", member, "roles/bigquery.dataViewer", **given)
    if args.writer_role is not None:
        for who, member in args.writers.items():
            yield on_dataset(f"{name}-writer-{who}", member, args.writer_role, **given)
