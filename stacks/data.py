"""The client's raw data: files as they arrive, and the tables that they are loaded into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.bucket import Bucket, BucketArgs
from components.dataset import Dataset, DatasetArgs
from components.services import Services
from groundwork.environment import names
from groundwork.environment.file import Environment
from stacks import people


@dataclass(frozen=True, kw_only=True)
class Data:
    """Outputs for other parts of the program."""

    files: Bucket
    tables: Dataset
    key: pulumi.Input[str] | None
    """The key that encrypts both, and all data that are derived from them."""


def data(environment: Environment, services: Services, labels: Mapping[str, str], key: pulumi.Input[str] | None) -> Data:
    """Build bucket and dataset. No deployment may write to them or read the files: people load the files."""
    files = Bucket(
        "raw",
        BucketArgs(
            bucket=names.raw_bucket(environment.project),
            project=environment.project,
            location=environment.region,
            labels=labels,
            protect=environment.protect_data,
            key=key,
        ),
        services.before("storage"),
    )
    raw = Dataset(
        "raw",
        DatasetArgs(
            dataset=names.RAW,
            project=environment.project,
            location=environment.region,
            description="The client's raw tables; pipelines read them",
            labels=labels,
            tables={name: raw.table for name, raw in environment.raw_tables.items()},
            protect=environment.protect_data,
            key=key,
            readers=people.of_raw_data(environment),
        ),
        services.before("bigquery"),
    )
    return Data(files=files, tables=raw, key=key)
