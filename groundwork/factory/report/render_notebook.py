"""Render the executed notebook. Changed cells get space first, then all sources, then their outputs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from markupsafe import Markup

from groundwork.factory.report.notebook import Cell, Unreadable, read_cells
from groundwork.factory.report.notebook_diff import Compared, compare, compared_lines, difference
from groundwork.factory.report.outputs import outputs_of
from groundwork.factory.report.sanitise import safe_markdown
from groundwork.factory.report.size_budget import Budget
from groundwork.factory.report.templating import piece
from groundwork.factory.report.text import clip, count, line

_TEMPLATE = "notebook.html.j2"
_CELLS = 400
_QUIET = frozenset({"same", ""})
_SOURCE, _LINES = 12_000, 300
_COMPARED_LINES = 6_000
"""Most lines to compare in the whole notebook."""
_SANITISED = 400_000
"""Most characters of Markdown and HTML to parse in the whole notebook; the rest is shown as plain text."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A notebook for the page."""

    comparison: str
    """Its change, as the end of a phrase about the notebook, such as `2 cells changed, 1 cell added`."""
    headline: str
    """The same in two or three words."""
    missing: str
    """The part that is not shown, as a sentence; empty if all is."""
    cells: tuple[Markup, ...]


def show_notebook(executed: bytes | None, before: bytes | None, target: str, budget: Budget) -> Shown:
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
    old, reason = _before(before, target)
    compared = compare(old, new)
    taken = [entry for position, entry in enumerate(compared) if position < _CELLS or entry.status not in {"same", ""}][
        : 2 * _CELLS
    ]
    cells = _cells(taken, budget)
    omitted = len(compared) - len(cells)
    altered = sum(entry.status not in _QUIET for entry in compared)
    return Shown(
        headline="Not compared" if reason else f"{count(altered, 'cell')} altered" if altered else "Unchanged",
        comparison=reason or _counted(compared, target),
        missing=f"There is no room for {count(omitted, 'cell')} of {len(compared):,}." if omitted else "",
        cells=tuple(cells),
    )


def _before(content: bytes | None, target: str) -> tuple[list[Cell] | None, str]:
    """Return the cells to compare with, or the reason for having none."""
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


def _cells(compared: list[Compared], budget: Budget) -> list[Markup]:
    """Return the cells that fit, each with a note if its outputs do not fit."""
    order = sorted(range(len(compared)), key=lambda position: compared[position].status in _QUIET)
    lines, characters = Budget(_COMPARED_LINES), Budget(_SANITISED)
    sources: dict[int, Markup] = {}
    for position in order:
        if not budget.full:
            source = _source(compared[position], lines, characters)
            if budget.take(source, frame=_frame(compared[position])):
                sources[position] = source
    return [_cell(compared[position], sources[position], position, budget, characters) for position in sorted(sources)]


def _cell(entry: Compared, source: Markup, position: int, budget: Budget, characters: Budget) -> Markup:
    outputs, missing = [], 0
    for output in outputs_of(entry.cell, characters) if entry.status != "removed" and not budget.full else ():
        markup = piece(_TEMPLATE, "output", output, f"Image put out by cell {position + 1}")
        if budget.take(markup):
            outputs.append(markup)
        else:
            missing += 1
    if budget.full and not outputs:
        missing = len(entry.cell.outputs)
    return _framed(entry, source, outputs, missing)


def _framed(entry: Compared, source: Markup, outputs: list[Markup], missing: int) -> Markup:
    number = f"In [{entry.cell.execution}]" if entry.cell.execution is not None else ""
    return piece(
        _TEMPLATE, "cell", f"{entry.cell.kind} cell", number, line(entry.cell.id, 40), entry.status, source, outputs, missing
    )


def _frame(entry: Compared) -> int:
    """Return the most bytes that a cell needs around its source and outputs."""
    return len(_framed(entry, Markup(), [], _CELLS).encode()) + 1


def _source(entry: Compared, lines: Budget, characters: Budget) -> Markup:
    cell = entry.cell
    notes = []
    if entry.before is not None and entry.status.startswith("changed"):
        if lines.spend(compared_lines(entry.before.source, cell.source)):
            changed = difference(entry.before.source, cell.source)
            return piece(_TEMPLATE, "difference", changed.lines, changed.left_out)
        notes.append("too much changed to compare this cell line by line: this is its new source")
    shown, omitted = clip(cell.source, _SOURCE, _LINES)
    note = "; ".join([*notes, omitted] if omitted else notes)
    if cell.kind == "markdown" and entry.status != "removed" and characters.spend(len(shown)):
        markup = safe_markdown(shown)
        if markup is not None:
            return piece(_TEMPLATE, "markdown", markup, note)
    first = next((row for row in shown.split("\n") if row.strip()), "")
    rows = shown.count("\n") + 1 if shown else 0
    folded = entry.status == "same" and cell.kind == "code" and rows > 1
    return piece(_TEMPLATE, "source", shown, note, folded, line(first, 80), rows)
