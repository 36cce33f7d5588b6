"""The client's raw data."""

import dataclasses
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from groundwork.environment import table_schemas, validators
from groundwork.environment.sections.base import Section, either, read
from groundwork.environment.validation_messages import shown
from groundwork.google.table_schema import Partition, TableSchema


class Holdout(Section):
    """The newest part of the raw tables, which candidates cannot read."""

    weeks: Annotated[int, Field(ge=0, le=520)] = 0
    """The number of newest weeks of every raw table that candidates cannot read, and that their results are measured on. With 0,
    nothing is held out and nothing is measured. The number is the same for all deployments, because each candidate's identity
    may read all training views."""


class RawTable(Section):
    """One table of the client's raw data."""

    schema_file: Annotated[str, AfterValidator(validators.path), Field(alias="schema")]
    """The path of the BigQuery schema file within this project."""

    key: Annotated[tuple[str, ...], Field(min_length=1)]
    """The columns of the primary key, which identify a row."""

    time: str | None = None
    """The column with the date or time of a row. The table's training view ends before the holdout by this column."""

    timeless: bool = False
    """The table contains no information about the holdout, so candidates may read all of it. Required for a table without `time`
    if there is a holdout."""

    partition: Literal["DAY", "MONTH", "YEAR"] | None = None
    """Partition the table by the column `time`. A change replaces the table, so decide before you load data."""

    cluster: Annotated[tuple[str, ...], Field(max_length=4)] = ()
    """The columns by which the table is clustered, in order."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """Check the schema file now, so that its mistakes are listed with all others instead of failing an `up` half-way."""
        read(lambda: table_schemas.table(self.schema_file, self.key))
        if self.time is not None and self.time_type not in table_schemas.TIMES:
            raise ValueError(
                f"the time {shown(self.time)} is not a column of {self.schema_file} of type {either(table_schemas.TIMES)}"
            )
        if self.timeless and self.time is not None:
            raise ValueError(f"timeless is true, and the time is {shown(self.time)}: remove one of the two")
        if self.partition and self.time is None:
            raise ValueError("partition is set, but `time` is not: name the column to partition by in `time`")
        columns = [column["name"] for column in table_schemas.table(self.schema_file).columns]
        if len(set(self.cluster)) < len(self.cluster):
            raise ValueError("cluster names a column twice")
        if unknown := [name for name in self.cluster if name not in columns]:
            raise ValueError(f"cluster names {shown(unknown[0])}, which is not a column of {self.schema_file}")
        return self

    @property
    def table(self) -> TableSchema:
        """The table schema, with its partition and its clustering."""
        by = Partition(column=self.time, by=self.partition) if self.time and self.partition else None
        return dataclasses.replace(table_schemas.table(self.schema_file, self.key), partition=by, cluster=self.cluster)

    @property
    def time_type(self) -> str | None:
        """BigQuery's type of the column `time`; None without one."""
        columns = table_schemas.table(self.schema_file).columns
        return next((column["type"] for column in columns if column["name"] == self.time), None)
