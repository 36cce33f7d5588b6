"""Compute the layout of a chart: scales, ticks, lines, band. The template writes it as SVG.

It uses no plotting library on purpose: for a few lines, that would be the largest dependency of an evaluation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from groundwork.factory.report.number_format import axis, number
from groundwork.factory.report.text import line as one_line
from groundwork.sdk.report_blocks import Chart

_STEPS = (1, 2, 2.5, 5, 10)
_LETTER = 7.0


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A drawing's size, in the units of its view box."""

    name: str
    """Its name in the style sheet, which shows the drawing that fits the page's width."""
    width: int
    height: int
    labels: int
    """Most labels of the horizontal axis."""


WIDE = Shape(name="wide", width=860, height=300, labels=6)
NARROW = Shape(name="narrow", width=400, height=260, labels=4)


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A mark on an axis."""

    at: float
    label: str
    anchor: str = "end"


@dataclass(frozen=True, kw_only=True)
class Trace:
    """One line, in pieces between its gaps; single values are dots."""

    name: str
    style: int
    pieces: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A chart at one size."""

    shape: Shape
    left: float
    right: float
    bottom: float
    x: tuple[Tick, ...]
    y: tuple[Tick, ...]
    band: tuple[str, ...]
    traces: tuple[Trace, ...]


def draw(chart: Chart, shape: Shape) -> Drawing | None:
    """Return the layout of a chart; None if it has no values."""
    values = [value for values in _all_values(chart) for value in values if value is not None]
    if not values:
        return None
    ticks, step = _ticks(min(values), max(values))
    labels = axis(ticks, step)
    left = 14 + _LETTER * max(len(label) for label in labels)
    right, top, bottom = shape.width - 12.0, 12.0, shape.height - 30.0

    def across(position: int) -> float:
        return left + (right - left) * (position / (len(chart.x) - 1) if len(chart.x) > 1 else 0.5)

    def up(value: float) -> float:
        return bottom - (bottom - top) * (value - ticks[0]) / (ticks[-1] - ticks[0])

    return Drawing(
        shape=shape,
        left=left,
        right=right,
        bottom=bottom,
        x=_across_ticks(chart.x, across, shape),
        y=tuple(Tick(at=round(up(value), 1), label=label) for value, label in zip(ticks, labels, strict=True)),
        band=_band(chart, across, up),
        traces=tuple(_trace(line.name, style, line.y, across, up) for style, line in enumerate(chart.lines)),
    )


def described(chart: Chart) -> str:
    """Describe a chart in words, for readers who cannot see it."""
    parts = [f"{_span(one_line(entry.name), entry.y)}" for entry in chart.lines]
    if chart.band:
        parts.append(f"a band from {one_line(chart.band[0].name)} to {one_line(chart.band[1].name)}")
    return f"From {one_line(chart.x[0])} to {one_line(chart.x[-1])}: {'; '.join(parts)}."


def _span(name: str, values: Iterable[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{name} between {number(min(known))} and {number(max(known))}" if known else f"{name} without values"


def _all_values(chart: Chart) -> list[Sequence[float | None]]:
    return [entry.y for entry in (*chart.lines, *(chart.band or ()))]


def _ticks(low: float, high: float) -> tuple[list[float], float]:
    """Return round numbers that enclose all values, and their distance.

    After Heckbert, "Nice numbers for graph labels", Graphics Gems, 1990.
    """
    if high - low <= abs(high) * 1e-9:
        reach = abs(high) * 0.1 or 1.0
        low, high = low - reach, high + reach
    raw = (high - low) / 4
    size = 10.0 ** math.floor(math.log10(raw))
    step = next((nice for nice in _STEPS if nice * size >= raw), _STEPS[-1]) * size
    first, last = math.floor(low / step), math.ceil(high / step)
    return [position * step for position in range(first, max(last, first + 1) + 1)], step


def _across_ticks(labels: Sequence[str], across: Callable[[int], float], shape: Shape) -> tuple[Tick, ...]:
    wanted = min(len(labels), shape.labels, max(2, int(shape.width / (_LETTER * max(len(one_line(x, 20)) for x in labels) + 20))))
    last = len(labels) - 1
    positions = sorted({round(last * part / (wanted - 1)) for part in range(wanted)}) if wanted > 1 else [0]
    anchors = {0: "start", last: "end"} if last else {}
    return tuple(Tick(at=round(across(p), 1), label=one_line(labels[p], 20), anchor=anchors.get(p, "middle")) for p in positions)


def _runs(values: Sequence[tuple[float, ...] | None]) -> list[list[int]]:
    """Return the positions of values that follow one another without a gap."""
    runs: list[list[int]] = [[]]
    for position, value in enumerate(values):
        if value is not None:
            runs[-1].append(position)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _trace(
    name: str, style: int, values: Sequence[float | None], across: Callable[[int], float], up: Callable[[float], float]
) -> Trace:
    points = [None if value is None else (across(position), up(value)) for position, value in enumerate(values)]
    pieces, dots = [], []
    for run in _runs(points):
        part = [point for position in run if (point := points[position])]
        if len(part) == 1:
            dots.append((round(part[0][0], 1), round(part[0][1], 1)))
        else:
            pieces.append(_written(part))
    return Trace(name=one_line(name), style=style, pieces=tuple(pieces), dots=tuple(dots))


def _band(chart: Chart, across: Callable[[int], float], up: Callable[[float], float]) -> tuple[str, ...]:
    if not chart.band:
        return ()
    both = [None if a is None or b is None else (a, b) for a, b in zip(chart.band[0].y, chart.band[1].y, strict=True)]
    outlines = []
    for run in _runs(both):
        ends = [(position, *pair) for position in run if (pair := both[position])]
        there = [(across(position), up(low)) for position, low, _ in ends]
        back = [(across(position), up(high)) for position, _, high in reversed(ends)]
        outlines.append(_written([*there, *back]))
    return tuple(outlines)


def _written(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
