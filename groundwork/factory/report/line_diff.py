"""Compute the removed and added lines of a text: completely, and in a time that hostile input cannot extend.

difflib by itself takes minutes for a few thousand lines of hostile input. Here, lines that occur once on both sides are anchors
(as in Bram Cohen's patience diff), difflib compares only short sections between two anchors, and longer sections count as
replaced. No line is omitted for that; the difference is only larger than necessary.
"""

from __future__ import annotations

import difflib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from groundwork.factory.report.size_budget import Budget

Line = tuple[str, str]
"""`+`, `-`, or a space for an unchanged line, and the text; `@` stands for skipped lines, with the number of the next one."""

_AROUND = 3
_DEEPEST = 12
_SHORT = 10_000
"""Most pairs of lines for difflib at once."""
PAIRS = 200_000
"""Most pairs for all texts of a page."""


def changed_lines(before: Sequence[str], after: Sequence[str], pairs: Budget) -> list[Line]:
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
    """Return the keys of a longest run of pairs in which values and keys have the same order."""
    ends: list[int] = []
    lasts: list[int] = []
    previous: dict[int, int | None] = {}
    for position in sorted(pairs):
        index = bisect_left(ends, pairs[position])
        previous[position] = lasts[index - 1] if index else None
        ends[index:] = [pairs[position], *ends[index + 1 :]]
        lasts[index:] = [position, *lasts[index + 1 :]]
    kept: set[int] = set()
    at = lasts[-1] if lasts else None
    while at is not None:
        kept.add(at)
        at = previous[at]
    return kept


def _all_lines(before: Sequence[str], after: Sequence[str], pairs: Budget) -> Iterator[Line]:
    old = new = 0
    for was, now in [*_same(before, after, 0, pairs), (len(before), len(after))]:
        yield from (("-", line) for line in before[old:was])
        yield from (("+", line) for line in after[new:now])
        if was < len(before):
            yield " ", before[was]
        old, new = was + 1, now + 1


def _same(before: Sequence[str], after: Sequence[str], depth: int, pairs: Budget) -> list[tuple[int, int]]:
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


def _inner(before: Sequence[str], after: Sequence[str], depth: int, pairs: Budget) -> list[tuple[int, int]]:
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
    """Return positions of lines that occur once on both sides, as many as are in the same order."""
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
