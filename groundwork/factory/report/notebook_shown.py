"""The executed notebook as markup: what changed first gets its room, then all sources, then what they put out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from markupsafe import Markup

from groundwork.factory.report.compare import Compared, compare, difference
from groundwork.factory.report.notebook import Cell, Unreadable, read_cells
from groundwork.factory.report.outputs import Output, outputs_of
from groundwork.factory.report.room import Room
from groundwork.factory.report.sanitise import safe_markdown
from groundwork.factory.report.templating import piece
from groundwork.factory.report.text import clip, count, line

_TEMPLATE = "notebook.html.j2"
_CELLS = 400
_QUIET = frozenset({"same", ""})
_SOURCE, _LINES = 12_000, 300
_FRAME = 1_200
"""Bytes that a cell needs around its source and outputs, at most."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A notebook for the page."""

    comparison: str
    """What changed in it, as the end of a phrase about the notebook, such as `2 cells changed, 1 cell added`."""
    headline: str
    """The same in two or three words."""
    missing: str
    """What of it is not shown, as a sentence; empty when it is whole."""
    cells: tuple[Markup, ...]


def show_notebook(executed: bytes | None, before: bytes | None, target: str, room: Room) -> Shown:
    """Return the executed notebook with its difference from the one on the branch `target`."""
    if executed is None:
        return Shown(headline="Missing", comparison="there is none", missing="There is no executed notebook.", cells=())
    try:
        new = read_cells(executed)
    except Unreadable as error:
        return Shown(
            headline="Unreadable",
            comparison="it cannot be shown",
            missing=f"The executed notebook {error}, so it is not shown.",
            cells=(),
        )
    old, why = _before(before, target)
    compared = compare(old, new)
    taken = [entry for position, entry in enumerate(compared) if position < _CELLS or entry.status not in {"same", ""}][
        : 2 * _CELLS
    ]
    cells = _cells(taken, room)
    left = len(compared) - len(cells)
    altered = sum(entry.status not in _QUIET for entry in compared)
    return Shown(
        headline="Not compared" if why else f"{count(altered, 'cell')} altered" if altered else "Unchanged",
        comparison=why or _counted(compared, target),
        missing=f"There is no room for {count(left, 'cell')} of {len(compared):,}." if left else "",
        cells=tuple(cells),
    )


def _before(content: bytes | None, target: str) -> tuple[list[Cell] | None, str]:
    """Return the cells to compare with, or why there are none."""
    if content is None:
        return None, f"there is none of this name on {line(target)}, so all of it is new"
    try:
        return read_cells(content), ""
    except Unreadable as error:
        return None, f"the one on {line(target)} {error}, so the two cannot be compared"


def _counted(compared: list[Compared], target: str) -> str:
    numbers = Counter(entry.status for entry in compared)
    said = [
        f"{count(numbers[status], 'cell')} {status}"
        for status in ("changed", "changed and moved", "moved", "added", "removed")
        if numbers[status]
    ]
    return f"{', '.join(said)} beside {line(target)}" if said else f"the same cells as on {line(target)}"


def _cells(compared: list[Compared], room: Room) -> list[Markup]:
    """Return the cells that there is room for; a cell whose outputs have none says so."""
    order = sorted(range(len(compared)), key=lambda position: compared[position].status in _QUIET)
    sources: dict[int, Markup] = {}
    for position in order:
        source = _source(compared[position])
        if room.take(source, frame=_FRAME):
            sources[position] = source
    return [_cell(compared[position], sources[position], position, room) for position in sorted(sources)]


def _cell(entry: Compared, source: Markup, position: int, room: Room) -> Markup:
    outputs, missing = [], 0
    for output in outputs_of(entry.cell) if entry.status != "removed" else ():
        markup = _output(output, position)
        if room.take(markup):
            outputs.append(markup)
        else:
            missing += 1
    number = f"In [{entry.cell.execution}]" if entry.cell.execution is not None else ""
    name = f"{entry.cell.kind} cell"
    return piece(_TEMPLATE, "cell", name, number, line(entry.cell.id, 40), entry.status, source, outputs, missing)


def _source(entry: Compared) -> Markup:
    cell = entry.cell
    if entry.before is not None and entry.status.startswith("changed"):
        changed = difference(entry.before.source, cell.source)
        return piece(_TEMPLATE, "difference", changed.lines, changed.left_out)
    shown, left = clip(cell.source, _SOURCE, _LINES)
    if cell.kind == "markdown" and entry.status != "removed":
        return piece(_TEMPLATE, "markdown", safe_markdown(shown), left)
    first = next((row for row in shown.split("\n") if row.strip()), "")
    rows = shown.count("\n") + 1 if shown else 0
    folded = entry.status == "same" and cell.kind == "code" and rows > 1
    return piece(_TEMPLATE, "source", shown, left, folded, line(first, 80), rows)


def _output(output: Output, position: int) -> Markup:
    return piece(_TEMPLATE, "output", output, f"Image put out by cell {position + 1}")
