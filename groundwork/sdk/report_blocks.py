"""The typed blocks of a report, from a pipeline's `report.json` or from the platform's evaluation of it. Data only."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

_Line = Annotated[str, Field(max_length=200)]
_MOST = 1e30
_Number = Annotated[float, Field(allow_inf_nan=False, ge=-_MOST, le=_MOST)]
_Whole = Annotated[int, Field(ge=-(10**30), le=10**30)]


class _Block(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    title: _Line


class Text(_Block):
    """Paragraphs of plain text, separated by empty lines."""

    type: Literal["text"] = "text"
    text: Annotated[str, Field(max_length=20_000)]


class Table(_Block):
    """Rows under column names; every row has a cell for each column."""

    type: Literal["table"] = "table"
    columns: Annotated[tuple[_Line, ...], Field(min_length=1, max_length=20)]
    rows: Annotated[tuple[tuple[_Number | _Whole | _Line | None, ...], ...], Field(max_length=500)]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("a row needs a cell for each column")
        return self


class Line(BaseModel):
    """One line of a chart; a missing value is None."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: _Line
    y: Annotated[tuple[_Number | None, ...], Field(max_length=600)]


class Chart(_Block):
    """Lines over one axis, and optionally a band."""

    type: Literal["chart"] = "chart"
    x: Annotated[tuple[_Line, ...], Field(min_length=1, max_length=600)]
    """One label per value of a line."""
    lines: Annotated[tuple[Line, ...], Field(min_length=1, max_length=8)]
    band: tuple[Line, Line] | None = None
    """Lower and upper end of an interval."""
    unit: _Line = ""

    @model_validator(mode="after")
    def _aligned(self) -> Self:
        if any(len(line.y) != len(self.x) for line in (*self.lines, *(self.band or ()))):
            raise ValueError("a line needs a value, or null, for each label")
        return self


Block = Annotated[Text | Table | Chart, Field(discriminator="type")]


class Report(BaseModel):
    """The content of a `report.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    blocks: Annotated[tuple[Block, ...], Field(max_length=40)]
