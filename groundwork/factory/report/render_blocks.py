"""Typed blocks as markup."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from groundwork.factory.report.chart import NARROW, WIDE, described, draw
from groundwork.factory.report.number_format import number
from groundwork.factory.report.size_budget import Budget, fitting
from groundwork.factory.report.templating import piece
from groundwork.factory.report.text import clip, count, line
from groundwork.sdk.report_blocks import Block, Chart, Report, Table, Text

_TEMPLATE = "blocks.html.j2"
_MOST_BYTES = 4_000_000
_ROWS = 100
_DATA = 60
_TEXT, _LINES = 6_000, 200


def show_blocks(blocks: Sequence[Block], prefix: str, budget: Budget) -> tuple[list[Markup], int]:
    """Return the blocks that fit, and the number of the others; `prefix` keeps the ids of the page's parts distinct."""
    return fitting(list(enumerate(blocks, 1)), lambda item: _block(item[1], f"{prefix}-{item[0]}"), budget)


def parse_own(content: bytes) -> Report | None:
    """Return a candidate's `report.json`; None if it is not valid."""
    if len(content) > _MOST_BYTES:
        return None
    try:
        return Report.model_validate_json(content)
    except ValueError:  # pydantic's error is one
        return None


def _block(block: Block, name: str) -> Markup:
    title = line(block.title)
    match block:
        case Text():
            shown, omitted = clip(block.text, _TEXT, _LINES)
            paragraphs = [part.strip() for part in shown.split("\n\n") if part.strip()]
            return piece(_TEMPLATE, "text", title, paragraphs, omitted)
        case Table():
            omitted = f"{count(len(block.rows) - _ROWS, 'more row')} left out" if len(block.rows) > _ROWS else ""
            return piece(_TEMPLATE, "table", title, _heads(block), _cells(block), omitted)
        case Chart():
            return _chart(block, title, name)


def _heads(table: Table) -> list[tuple[str, bool]]:
    """Return each column's name, and whether it is one of numbers."""
    columns = zip(*table.rows, strict=True) if table.rows else [()] * len(table.columns)
    numeric = [bool(column) and all(isinstance(cell, int | float | None) for cell in column) for column in columns]
    return [(line(name), number) for name, number in zip(table.columns, numeric, strict=True)]


def _cells(table: Table) -> list[list[tuple[str, bool]]]:
    """Return each cell as text, and whether it is a number."""
    return [[_cell(cell) for cell in row] for row in table.rows[:_ROWS]]


def _cell(cell: float | str | None) -> tuple[str, bool]:
    if cell is None:
        return "none", True
    return (line(cell), False) if isinstance(cell, str) else (number(cell), True)


def _chart(chart: Chart, title: str, name: str) -> Markup:
    drawings = [drawing for shape in (WIDE, NARROW) if (drawing := draw(chart, shape))]
    band = f"{line(chart.band[0].name)} to {line(chart.band[1].name)}" if chart.band else ""
    return piece(_TEMPLATE, "chart", title, name, drawings, described(chart), line(chart.unit, 40), band, _data(chart))


def _data(chart: Chart) -> tuple[list[str], list[list[str]]] | None:
    """Return the numbers of a chart as a table, if they are few enough to be read."""
    if len(chart.x) > _DATA:
        return None
    every = (*chart.lines, *(chart.band or ()))
    rows = [
        [line(x), *("none" if (value := entry.y[position]) is None else number(value) for entry in every)]
        for position, x in enumerate(chart.x)
    ]
    return [line(entry.name) for entry in every], rows
