"""The cells of a notebook that were added, removed, changed or moved since another version of it."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from groundwork.factory.report.line_diff import in_order
from groundwork.factory.report.notebook import Cell
from groundwork.factory.report.text import clip, count, plain

_ALIKE = 0.5
_WORD = re.compile(r"\w+")
_MOST_LINES = 400
_SHOWN_LINES = 200
_MOST_CHARACTERS = 60_000
_COMPARED = 4_000
_LONG_LINE = 2_000
_MOST_PAIRED = 40


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A cell and its status. For a removed one, `cell` is the old one."""

    cell: Cell
    before: Cell | None
    status: str
    """`same`, `changed`, `moved`, `changed and moved`, `added`, `removed`; empty without a version to compare with."""


def compare(old: Sequence[Cell] | None, new: Sequence[Cell]) -> list[Compared]:
    """Return the new cells in their order, and each removed one behind the cell that it followed."""
    if old is None:
        return [Compared(cell=cell, before=None, status="") for cell in new]
    pairs = _pair(old, new)
    moved = set(pairs) - in_order(pairs)
    shown = [_compared(position, cell, old, pairs, moved) for position, cell in enumerate(new)]
    places = {before: position for position, before in pairs.items()}
    slot = 0
    behind: dict[int, list[Compared]] = {}
    for position, cell in enumerate(old):
        if position in places:
            slot = places[position] + 1
        else:
            behind.setdefault(slot, []).append(Compared(cell=cell, before=cell, status="removed"))
    return [entry for slot in range(len(new) + 1) for entry in [*behind.get(slot, ()), *shown[slot : slot + 1]]]


def _compared(position: int, cell: Cell, old: Sequence[Cell], pairs: dict[int, int], moved: set[int]) -> Compared:
    if position not in pairs:
        return Compared(cell=cell, before=None, status="added")
    before = old[pairs[position]]
    words = ["changed"] if (before.kind, before.source) != (cell.kind, cell.source) else []
    words += ["moved"] if position in moved else []
    return Compared(cell=cell, before=before, status=" and ".join(words) or "same")


def _pair(old: Sequence[Cell], new: Sequence[Cell]) -> dict[int, int]:
    """Return for positions of new cells those of the old: by id, then by equal source, then by likeness."""
    ids = _distinct_ids(old), _distinct_ids(new)
    by_id = {name: position for position, name in enumerate(ids[0]) if name}
    pairs = {position: by_id[name] for position, name in enumerate(ids[1]) if name in by_id}
    renamed = not pairs  # no id is on both sides, so a tool generated them, and they identify no cell
    taken = set(pairs.values())
    by_source: dict[tuple[str, str], list[int]] = {}
    for position, cell in enumerate(old):
        if position not in taken:
            by_source.setdefault((cell.kind, cell.source), []).append(position)
    for position, cell in enumerate(new):
        if position not in pairs and (same := by_source.get((cell.kind, cell.source))):
            pairs[position] = same.pop(0)
    return pairs | _alike(old, new, pairs, lambda new_one, old_one: renamed or not (ids[0][old_one] and ids[1][new_one]))


def _distinct_ids(cells: Sequence[Cell]) -> list[str]:
    """Return each cell's id, or "" if it has none or shares it with another cell."""
    counted = Counter(cell.id for cell in cells)
    return [cell.id if counted[cell.id] == 1 else "" for cell in cells]


def _alike(old: Sequence[Cell], new: Sequence[Cell], pairs: dict[int, int], may: Callable[[int, int], bool]) -> dict[int, int]:
    """Pair edited cells, the most similar first, unless their ids say that they are two cells.

    papermill generates ids for a notebook without ids: an id on one side only does not exclude the other side's cell.
    """
    taken = set(pairs.values())
    unpaired = {p: (cell.kind, _words(cell)) for p, cell in enumerate(old) if p not in taken}
    candidates = {p: (cell.kind, _words(cell)) for p, cell in enumerate(new) if p not in pairs}
    scored = [
        (-score, abs(after - before), after, before)
        for after in list(candidates)[:_MOST_PAIRED]
        for before in list(unpaired)[:_MOST_PAIRED]
        if may(after, before) and (score := _likeness(unpaired[before], candidates[after])) >= _ALIKE
    ]
    found: dict[int, int] = {}
    for _, _, after, before in sorted(scored):
        if after not in found and before in unpaired:
            found[after] = before
            del unpaired[before]
    return found


def _words(cell: Cell) -> Counter[str]:
    return Counter(_WORD.findall(cell.source[:_COMPARED]))


def _likeness(old: tuple[str, Counter[str]], new: tuple[str, Counter[str]]) -> float:
    if old[0] != new[0]:
        return 0.0
    return 2 * (old[1] & new[1]).total() / ((old[1] + new[1]).total() or 1)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Lines of a changed source, each with `+`, `-`, or a space for an unchanged one; `@` stands between two sections."""

    lines: tuple[tuple[str, str], ...]
    left_out: str


def difference(before: str, after: str) -> Difference:
    """Return the difference of a source, and in words the part that is not shown."""
    old, new = (source[:_MOST_CHARACTERS].split("\n")[:_MOST_LINES] for source in (before, after))
    lines = [
        ("@", "") if line.startswith("@@") else (line[0], _line(line[1:]))
        for line in list(difflib.unified_diff(old, new, n=2, lineterm=""))[2:]
    ]
    notes = [f"{count(len(lines) - _SHOWN_LINES, 'line')} of the difference left out"] if len(lines) > _SHOWN_LINES else []
    if _longer(before) or _longer(after):
        notes.append("only the beginning of the source was compared line by line; the rest may differ")
    if not any(sign in "+-" for sign, _ in lines) and not notes:
        notes.append("the kind of the cell changed, not its source")
    return Difference(lines=tuple(lines[:_SHOWN_LINES]), left_out="; ".join(notes))


def compared_lines(before: str, after: str) -> int:
    """Return how many lines `difference` would compare."""
    return sum(min(source[:_MOST_CHARACTERS].count("\n") + 1, _MOST_LINES) for source in (before, after))


def _longer(source: str) -> bool:
    return len(source) > _MOST_CHARACTERS or source.count("\n") >= _MOST_LINES


def _line(line: str) -> str:
    shown, omitted = clip(line, _LONG_LINE, 1)
    return f"{shown} … ({omitted})" if omitted else plain(shown)
