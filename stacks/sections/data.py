"""The client's raw data."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from stacks import names, tables
from stacks.mistakes import shown
from stacks.sections.base import Section, either, read


class RawTable(Section):
    """One table of the client's raw data."""

    schema_file: Annotated[str, AfterValidator(names.path), Field(alias="schema")]
    """BigQuery schema file, its path within this project."""

    key: Annotated[tuple[str, ...], Field(min_length=1)]
    """The columns that tell rows apart: the primary key."""

    time: str | None = None
    """The column that says when: what candidates may know of the table ends before the held-out weeks. Without: all of it."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """Read the file: what is wrong with it belongs among the mistakes, not into the middle of an `up`."""
        read(lambda: tables.table(self.schema_file, self.key))
        if self.time is not None and self.time_type not in tables.TIMES:
            raise ValueError(f"the time {shown(self.time)} is no column of {self.schema_file} of type {either(tables.TIMES)}")
        return self

    @property
    def time_type(self) -> str | None:
        """The type of the column `time`, in BigQuery's words."""
        columns = tables.table(self.schema_file).columns
        return next((column["type"] for column in columns if column["name"] == self.time), None)
