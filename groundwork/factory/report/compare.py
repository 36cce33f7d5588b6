"""Which cells of a notebook are new, gone, changed or moved beside another version of it."""

from __future__ import annotations

import difflib
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from groundwork.factory.report.notebook import Cell
from groundwork.factory.report.text import clip, count, plain

_ALIKE = 0.5
_MOST_LINES = 400
_SHOWN_LINES = 200
_MOST_CHARACTERS = 60_000
_COMPARED = 4_000
_LONG_LINE = 2_000
_MOST_PAIRED = 40


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A cell, and what became of it. Of a removed one `cell` is the old one."""

    cell: Cell
    before: Cell | None
    status: str
    """`same`, `changed`, `moved`, `changed and moved`, `added`, `removed`; empty where there is nothing to compare with."""


def compare(old: Sequence[Cell] | None, new: Sequence[Cell]) -> list[Compared]:
    """Return the new cells in their order, and each removed one behind the cell that it followed."""
    if old is None:
        return [Compared(cell=cell, before=None, status="") for cell in new]
    pairs = _pair(old, new)
    moved = set(pairs) - _in_order(pairs)
    shown = [_compared(position, cell, old, pairs, moved) for position, cell in enumerate(new)]
    places = {before: position for position, before in pairs.items()}
    place = 0
    behind: dict[int, list[Compared]] = {}
    for position, cell in enumerate(old):
        if position in places:
            place = places[position] + 1
        else:
            behind.setdefault(place, []).append(Compared(cell=cell, before=cell, status="removed"))
    return [entry for place in range(len(new) + 1) for entry in [*behind.get(place, ()), *shown[place : place + 1]]]


def _compared(position: int, cell: Cell, old: Sequence[Cell], pairs: dict[int, int], moved: set[int]) -> Compared:
    if position not in pairs:
        return Compared(cell=cell, before=None, status="added")
    before = old[pairs[position]]
    words = ["changed"] if (before.kind, before.source) != (cell.kind, cell.source) else []
    words += ["moved"] if position in moved else []
    return Compared(cell=cell, before=before, status=" and ".join(words) or "same")


def _pair(old: Sequence[Cell], new: Sequence[Cell]) -> dict[int, int]:
    """Return for positions of new cells those of the old: by id, then by equal source, then by likeness."""
    ids = Counter(cell.id for cell in old), Counter(cell.id for cell in new)
    by_id = {cell.id: position for position, cell in enumerate(old) if cell.id and ids[0][cell.id] == 1}
    pairs = {p: by_id[cell.id] for p, cell in enumerate(new) if cell.id in by_id and ids[1][cell.id] == 1}
    taken = set(pairs.values())
    by_source: dict[tuple[str, str], list[int]] = {}
    for position, cell in enumerate(old):
        if position not in taken:
            by_source.setdefault((cell.kind, cell.source), []).append(position)
    for position, cell in enumerate(new):
        if position not in pairs and (same := by_source.get((cell.kind, cell.source))):
            pairs[position] = same.pop(0)
    return pairs | _alike(old, new, pairs)


def _alike(old: Sequence[Cell], new: Sequence[Cell], pairs: dict[int, int]) -> dict[int, int]:
    """Pair those without an id that were edited: each with the likest that is left. Cells with ids are what their ids say."""
    left = [p for p, cell in enumerate(old) if p not in set(pairs.values()) and not cell.id][:_MOST_PAIRED]
    words = {p: (old[p].kind, _words(old[p])) for p in left}
    found: dict[int, int] = {}
    for position in [p for p, cell in enumerate(new) if p not in pairs and not cell.id][:_MOST_PAIRED]:
        mine = (new[position].kind, _words(new[position]))
        scored = [(_likeness(words[before], mine), -before) for before in left]
        score, before = max(scored, default=(0.0, 0))
        if score >= _ALIKE:
            found[position] = -before
            left.remove(-before)
    return found


def _words(cell: Cell) -> Counter[str]:
    return Counter(cell.source[:_COMPARED].split())


def _likeness(old: tuple[str, Counter[str]], new: tuple[str, Counter[str]]) -> float:
    if old[0] != new[0]:
        return 0.0
    return 2 * (old[1] & new[1]).total() / ((old[1] + new[1]).total() or 1)


def _in_order(pairs: dict[int, int]) -> set[int]:
    """Return the new positions of a longest run of cells that are in the old order: all others have moved."""
    ends: list[int] = []
    lasts: list[int] = []
    previous: dict[int, int | None] = {}
    for position in sorted(pairs):
        place = bisect_left(ends, pairs[position])
        previous[position] = lasts[place - 1] if place else None
        ends[place:] = [pairs[position], *ends[place + 1 :]]
        lasts[place:] = [position, *lasts[place + 1 :]]
    kept: set[int] = set()
    at = lasts[-1] if lasts else None
    while at is not None:
        kept.add(at)
        at = previous[at]
    return kept


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Lines of a changed source, each with `+`, `-`, or a space for what surrounds them; `@` stands between two places."""

    lines: tuple[tuple[str, str], ...]
    left_out: str


def difference(before: str, after: str) -> Difference:
    """Return what changed in a source, and in words what of it is not shown."""
    old, new = (source[:_MOST_CHARACTERS].split("\n")[:_MOST_LINES] for source in (before, after))
    lines = [
        ("@", "") if line.startswith("@@") else (line[0], _line(line[1:]))
        for line in list(difflib.unified_diff(old, new, n=2, lineterm=""))[2:]
    ]
    notes = [f"{count(len(lines) - _SHOWN_LINES, 'line')} of the difference left out"] if len(lines) > _SHOWN_LINES else []
    if _longer(before) or _longer(after):
        notes.append("only the beginning of the source was compared line by line; what lies behind may differ")
    if not any(sign in "+-" for sign, _ in lines) and not notes:
        notes.append("the kind of the cell changed, not its source")
    return Difference(lines=tuple(lines[:_SHOWN_LINES]), left_out="; ".join(notes))


def compared_lines(before: str, after: str) -> int:
    """Return how many lines `difference` would compare."""
    return sum(min(source[:_MOST_CHARACTERS].count("\n") + 1, _MOST_LINES) for source in (before, after))


def _longer(source: str) -> bool:
    return len(source) > _MOST_CHARACTERS or source.count("\n") >= _MOST_LINES


def _line(line: str) -> str:
    shown, left = clip(line, _LONG_LINE, 1)
    return f"{shown} … ({left})" if left else plain(shown)
