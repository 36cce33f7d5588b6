"""The difference of two notebook files: by cell, and by line for everything that is not a cell's source."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from groundwork.factory.report.line_diff import Line
from groundwork.factory.report.notebook import KINDS, Unreadable, joined, read_cells
from groundwork.factory.report.notebook_diff import Compared, compare
from groundwork.factory.report.render_lines import TEMPLATE, lines_shown
from groundwork.factory.report.templating import piece
from groundwork.factory.report.text import count
from groundwork.factory.report.visible_text import revealed

Compare = Callable[[str, str], list[Line] | None]
_NONE = b'{"nbformat": 4, "cells": []}'


@dataclass(frozen=True, kw_only=True)
class Cells:
    """The difference of two notebooks."""

    markup: Markup | None
    """None if there are too many lines to compare."""
    lines: tuple[Line, ...]
    words: str


def cells_changed(before: bytes | None, after: bytes | None, texts: Compare) -> Cells | None:
    """Return the difference; None if one side cannot be read cell by cell, and is to be shown as text."""
    try:
        old, new = (read_cells(_NONE if content is None else content) for content in (before, after))
        rest = [_rest(content) if content is not None else "" for content in (before, after)]
    except (Unreadable, _Ambiguous, RecursionError):
        return None
    entries = [(number, entry) for number, entry in enumerate(compare(old, new), 1) if entry.status != "same"]
    parts: list[Markup] = []
    every: list[Line] = []
    for number, entry in entries:
        lines = texts(*_sources(entry))
        if lines is None:
            return Cells(markup=None, lines=(), words="")
        every += lines
        parts.append(_cell(entry, number, lines))
    others = texts(*rest)
    if others is None:
        return Cells(markup=None, lines=(), words="")
    if others:
        parts.append(piece(TEMPLATE, "rest", lines_shown(others)))
    return Cells(markup=Markup().join(parts), lines=(*every, *others), words=_counted(entries))


class _Ambiguous(Exception):
    """A key occurs twice: readers may take either value."""


def _sources(entry: Compared) -> tuple[str, str]:
    if entry.status == "removed":
        return _ended(entry.cell.source), ""
    return _ended(entry.before.source) if entry.before else "", _ended(entry.cell.source)


def _ended(source: str) -> str:
    return f"{source}\n" if source else ""


def _cell(entry: Compared, number: int, lines: list[Line]) -> Markup:
    before = entry.before or entry.cell
    kind = f"{' → '.join(dict.fromkeys([before.kind, entry.cell.kind]))} cell"
    body = lines_shown(lines) if lines else Markup()
    return piece(TEMPLATE, "cell", entry.status, kind, revealed(entry.cell.id[:200]), f"row {number}", body)


def _counted(entries: list[tuple[int, Compared]]) -> str:
    numbers = Counter(entry.status for _, entry in entries)
    said = [f"{count(number, 'cell')} {status}" for status, number in sorted(numbers.items())]
    return ", ".join(said) or "no cell changed"


def _rest(content: bytes) -> str:
    """Return all of a notebook except the sources of its cells as text; outputs, which are not executed, by their digest."""
    document = json.loads(content, object_pairs_hook=_once)
    cells = [_without_source(cell) if isinstance(cell, dict) else cell for cell in document["cells"]]
    return json.dumps({**document, "cells": cells}, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _without_source(cell: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a cell without its source; of a cell that breaks the format, all parts."""
    if cell.get("cell_type") not in KINDS or joined(cell.get("source")) is None:
        return dict(cell)
    kept = {name: value for name, value in cell.items() if name not in {"source", "outputs"}}
    if isinstance(kept.get("execution_count"), int | None):
        kept.pop("execution_count", None)
    if cell.get("outputs"):
        text = json.dumps(cell["outputs"], sort_keys=True).encode()
        kept["outputs"] = f"{len(text):,} bytes, sha256:{hashlib.sha256(text).hexdigest()}"
    return kept


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        raise _Ambiguous
    return mapping
