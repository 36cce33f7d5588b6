"""The removed and added lines of a text: complete, and in a time that hostile input cannot extend.

difflib alone takes minutes for a few thousand lines that are made for it. Here lines that are there once on both sides hold the
texts together (as in Bram Cohen's patience diff), difflib sees only what is short between two of them, and the rest counts as
replaced: nothing is left out for that, it is only shown as more than it needs to be.
"""

from __future__ import annotations

import difflib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from groundwork.factory.report.size_budget import Room

Line = tuple[str, str]
"""`+`, `-`, or a space for what surrounds them, and the text; `@` stands where lines are skipped, with the next one's number."""

_AROUND = 3
_DEEPEST = 12
_SHORT = 10_000
"""Most pairs of lines for difflib at once."""
PAIRS = 200_000
"""Most pairs for all texts of a page."""


def changed_lines(before: Sequence[str], after: Sequence[str], pairs: Room) -> list[Line]:
    """Return all lines that differ, with three around them; `pairs` is the number that may still be compared."""
    every = list(_all_lines(before, after, pairs))
    near = _near([sign != " " for sign, _ in every])
    lines: list[Line] = []
    number, skipped = 1, False
    for line, shown in zip(every, near, strict=True):
        if shown:
            lines += [("@", f"line {number}")] if skipped else []
            lines.append(line)
        skipped = not shown
        number += line[0] != "-"
    return lines


def in_order(pairs: Mapping[int, int]) -> set[int]:
    """Return the keys of a longest run of pairs whose values follow one another as their keys do."""
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


def _all_lines(before: Sequence[str], after: Sequence[str], pairs: Room) -> Iterator[Line]:
    old = new = 0
    for was, now in [*_same(before, after, 0, pairs), (len(before), len(after))]:
        yield from (("-", line) for line in before[old:was])
        yield from (("+", line) for line in after[new:now])
        if was < len(before):
            yield " ", before[was]
        old, new = was + 1, now + 1


def _same(before: Sequence[str], after: Sequence[str], depth: int, pairs: Room) -> list[tuple[int, int]]:
    """Return positions of equal lines, in order on both sides."""
    first = _prefix(before, after)
    last = _prefix(before[first:][::-1], after[first:][::-1])
    ends = len(before) - last, len(after) - last
    inner = _inner(before[first : ends[0]], after[first : ends[1]], depth, pairs)
    return [
        *((at, at) for at in range(first)),
        *((first + was, first + now) for was, now in inner),
        *((ends[0] + at, ends[1] + at) for at in range(last)),
    ]


def _prefix(before: Sequence[str], after: Sequence[str]) -> int:
    both = enumerate(zip(before, after, strict=False))
    return next((at for at, (was, now) in both if was != now), min(len(before), len(after)))


def _inner(before: Sequence[str], after: Sequence[str], depth: int, pairs: Room) -> list[tuple[int, int]]:
    if not before or not after or depth > _DEEPEST:
        return []
    size = len(before) * len(after)
    if size <= _SHORT:
        if not pairs.spend(size):
            return []
        blocks = difflib.SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
        return [(block.a + at, block.b + at) for block in blocks for at in range(block.size)]
    found: list[tuple[int, int]] = []
    old = new = 0
    for was, now in [*_anchors(before, after), (len(before), len(after))]:
        between = _same(before[old:was], after[new:now], depth + 1, pairs) if (old, new) != (0, 0) or was < len(before) else []
        found += [(old + a, new + b) for a, b in between]
        if was < len(before):
            found.append((was, now))
        old, new = was + 1, now + 1
    return found


def _anchors(before: Sequence[str], after: Sequence[str]) -> list[tuple[int, int]]:
    """Return positions of lines that are there once on both sides, as many as are in the same order."""
    counted = Counter(before), Counter(after)
    places = {line: at for at, line in enumerate(before) if counted[0][line] == 1}
    pairs = {at: places[line] for at, line in enumerate(after) if counted[1][line] == 1 and line in places}
    return [(pairs[at], at) for at in sorted(in_order(pairs))]


def _near(changed: Sequence[bool]) -> list[bool]:
    """Return which lines are changed, or close to one that is."""
    near = [False] * len(changed)
    for at, is_changed in enumerate(changed):
        if is_changed:
            reach = slice(max(0, at - _AROUND), at + _AROUND + 1)
            near[reach] = [True] * len(near[reach])
    return near
