"""The training views: the client's raw tables without the holdout, for candidates."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import pulumi

from components.dataset import DatasetArgs
from groundwork.environment import names
from groundwork.environment.file import Environment
from groundwork.environment.sections.data import RawTable
from stacks.data import Data


def training_views(
    environment: Environment,
    raw: Data,
    labels: Mapping[str, str],
    readers: Mapping[str, pulumi.Input[str]],
) -> DatasetArgs:
    """Return the dataset with a view of every raw table, for `readers` without access to the tables.

    All deployments share one dataset: every identity for candidates reads it, for any deployment.
    """
    weeks = environment.holdout.weeks
    # decision 8: candidates read views that end before the holdout
    source = raw.tables.dataset.apply(lambda dataset: f"{environment.project}.{dataset}")
    tables = environment.raw_tables.items()
    return DatasetArgs(
        dataset=names.TRAINING_VIEWS,
        project=environment.project,
        location=environment.region,
        description="The raw tables without the holdout, for candidates",
        labels=labels,
        tables={},
        views={name: source.apply(functools.partial(view, name, table, weeks)) for name, table in tables},
        views_of={names.RAW: raw.tables.dataset},
        protect=environment.protect_data,
        key=raw.key,
        readers=readers,
    )


def view(name: str, table: RawTable, weeks: int, source: str) -> str:
    """Return the query for a table of the dataset `source` (`project.dataset`) without its newest weeks."""
    table_name = f"`{source}.{name}`"
    if not weeks or table.time is None:
        return f"SELECT * FROM {table_name}"  # noqa: S608  names that the environment file validates
    day = f"`{table.time}`" if table.time_type == "DATE" else f"DATE(`{table.time}`)"
    newest = f"(SELECT MAX({day}) FROM {table_name})"  # noqa: S608  as above
    return f"SELECT * FROM {table_name} WHERE {day} <= DATE_SUB({newest}, INTERVAL {weeks} WEEK)"  # noqa: S608  as above
