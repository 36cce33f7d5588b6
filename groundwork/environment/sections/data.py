"""The client's raw data."""

import dataclasses
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from groundwork.environment import names, table_schemas
from groundwork.environment.sections.base import Section, either, read
from groundwork.environment.validation_messages import shown
from groundwork.google.table_schema import Partition, TableSchema


class Holdout(Section):
    """The newest part of the raw tables, which candidates cannot read."""

    weeks: Annotated[int, Field(ge=0, le=520)] = 0
    """The newest weeks of every raw table that are kept from candidates, to measure their results on. With 0 nothing is held out,
    and nothing is measured. One number for all deployments: each candidate's identity may read all training views."""


class RawTable(Section):
    """One table of the client's raw data."""

    schema_file: Annotated[str, AfterValidator(names.path), Field(alias="schema")]
    """BigQuery schema file, its path within this project."""

    key: Annotated[tuple[str, ...], Field(min_length=1)]
    """The columns that tell rows apart: the primary key."""

    time: str | None = None
    """The column that says when: with a holdout, the table's training view ends before it."""

    timeless: bool = False
    """The table reveals nothing about the holdout, and candidates may read all of it. Required of a table without `time` if there
    is a holdout."""

    partition: Literal["DAY", "MONTH", "YEAR"] | None = None
    """Lay the table's rows apart by the column `time`. Changing it means another table, so choose before there are data."""

    cluster: Annotated[tuple[str, ...], Field(max_length=4)] = ()
    """Columns by whose values rows are kept together, in order."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """Read the file: what is wrong with it belongs among the mistakes, not into the middle of an `up`."""
        read(lambda: table_schemas.table(self.schema_file, self.key))
        if self.time is not None and self.time_type not in table_schemas.TIMES:
            raise ValueError(
                f"the time {shown(self.time)} is no column of {self.schema_file} of type {either(table_schemas.TIMES)}"
            )
        if self.timeless and self.time is not None:
            raise ValueError(f"timeless is true, and the time is {shown(self.time)}: a table is one or the other")
        if self.partition and self.time is None:
            raise ValueError("partition is there, but no time to partition by: give the column in `time`")
        columns = [column["name"] for column in table_schemas.table(self.schema_file).columns]
        if len(set(self.cluster)) < len(self.cluster):
            raise ValueError("cluster names a column twice")
        if strangers := [name for name in self.cluster if name not in columns]:
            raise ValueError(f"cluster names {shown(strangers[0])}, which is no column of {self.schema_file}")
        return self

    @property
    def table(self) -> TableSchema:
        """The table, laid out as it is wanted."""
        by = Partition(column=self.time, by=self.partition) if self.time and self.partition else None
        return dataclasses.replace(table_schemas.table(self.schema_file, self.key), partition=by, cluster=self.cluster)

    @property
    def time_type(self) -> str | None:
        """The type of the column `time`, in BigQuery's words."""
        columns = table_schemas.table(self.schema_file).columns
        return next((column["type"] for column in columns if column["name"] == self.time), None)
