"""BigQuery datasets with their tables.

Owns a dataset, its declared tables and views, and the grants on the dataset. Does not own rows, nor tables that programs create
at run time.
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
    """One dataset. The defaults are suitable for production."""

    dataset: str
    """The dataset's id: letters, digits and underscores."""

    project: str
    """The project that owns the dataset and pays for storage."""

    location: str
    """Region or multi-region. A dataset cannot be moved, and a query reads from one location only."""

    description: str
    """Content of the dataset and its writers."""

    labels: Mapping[str, str]
    """Labels of client, environment and managing tool; also for its tables."""

    tables: Mapping[str, TableSchema]
    """Declared tables by name."""

    views: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Queries of the views by name, in standard SQL, with the full name of every table."""

    views_of: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Ids of datasets of the project that every view may read for any reader of the view; keyed by a stable name."""

    expire_days: int | None = None
    """Delete a table this many days after its creation, unless the table has its own expiry; for tables that programs create.
    None: never."""

    protect: bool = True
    """Refuse to destroy or replace its tables, and the dataset while it has declared tables: Pulumi already in the preview."""

    key: pulumi.Input[str] | None = None
    """Full name of the Cloud KMS key that encrypts tables; the service's agent must have access to it. None: Google's own key."""

    readers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """IAM members who may read rows, keyed by a stable name."""

    writers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """IAM members with `writer_role`, keyed in the same way."""

    writer_role: pulumi.Input[str] | None = None
    """Full name of the role that permits writers to read and write rows; needed only with `writers`. There is no default:
    Google's `bigquery.dataEditor` also permits them to create, change and drop tables and views."""

    def __post_init__(self) -> None:
        for name in (self.dataset, *self.tables, *self.views):
            if not _NAME.match(name):
                raise ValueError(f"{name!r} is not a name of a dataset, table or view: use letters, digits and underscores")
        if self.expire_days is not None and (self.expire_days < 1 or self.tables):
            raise ValueError("expire_days must be 1 or more, and tables empty: declared tables would expire too")
        if self.writers and self.writer_role is None:
            raise ValueError("writers have no role: set `writer_role`")
        if both := sorted(set(self.tables) & set(self.views)):
            raise ValueError(f"{both[0]!r} is the name of a table and of a view: rename one of them")


class Dataset(pulumi.ComponentResource):
    """A dataset, its tables and views, the grants on it, and the authorisations of its views.

    Produces `<name>` (gcp.bigquery.Dataset), `<name>-<table>` (gcp.bigquery.Table) per table and view, and entries of access
    lists (gcp.bigquery.DatasetAccess): `<name>-reader-<key>`, `<name>-writer-<key>`, and `<name>-<view>-of-<key>` on the dataset
    that the view reads.
    """

    dataset: pulumi.Output[str]
    """The dataset's id, known after its tables, views and grants exist."""

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
    # BigQuery drops a view's authorisations when its query changes, so the view is replaced instead, together with its entries.
    anew = opts.merge(pulumi.ResourceOptions(replace_on_changes=["view"], delete_before_replace=True))
    for view, query in args.views.items():
        table = gcp.bigquery.Table(
            f"{name}-{view}",
            dataset_id=dataset.dataset_id,
            table_id=view,
            project=args.project,
            view={"query": query, "use_legacy_sql": False},
            labels=args.labels,
            deletion_protection=False,
            opts=anew,
        )
        yield table
        for key, other in args.views_of.items():
            yield gcp.bigquery.DatasetAccess(
                f"{name}-{view}-of-{key}",
                dataset_id=other,
                project=args.project,
                view={"project_id": args.project, "dataset_id": table.dataset_id, "table_id": table.table_id},
                opts=opts,
            )


def _grants(
    name: str, args: DatasetArgs, dataset: gcp.bigquery.Dataset, opts: pulumi.ResourceOptions
) -> Iterator[gcp.bigquery.DatasetAccess]:
    entry: dict[str, Any] = {"dataset": dataset.dataset_id, "project": args.project, "opts": opts}
    for key, member in args.readers.items():
        yield on_dataset(f"{name}-reader-{key}", member, "roles/bigquery.dataViewer", **entry)
    if args.writer_role is not None:
        for key, member in args.writers.items():
            yield on_dataset(f"{name}-writer-{key}", member, args.writer_role, **entry)
