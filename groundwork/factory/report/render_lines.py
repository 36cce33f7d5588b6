"""Lines that were removed and added, as markup."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from markupsafe import Markup

from groundwork.factory.report.line_diff import PAIRS, Line, changed_lines
from groundwork.factory.report.size_budget import Budget
from groundwork.factory.report.templating import piece
from groundwork.factory.report.visible_text import revealed

TEMPLATE = "change.html.j2"
_LINES = 300_000
"""Most lines to compare for a whole page."""
_NO_END = "\n\\ no line end at the end of the file"


class Comparing:
    """The number of lines that may still be compared, for all texts of a page together."""

    def __init__(self) -> None:
        self._lines, self._pairs = Budget(_LINES), Budget(PAIRS)

    def texts(self, before: str, after: str) -> list[Line] | None:
        """Return the lines that differ, or None if there are too many to compare."""
        old, new = _split(before), _split(after)
        return changed_lines(old, new, self._pairs) if self._lines.spend(len(old) + len(new)) else None


def lines_shown(lines: Sequence[Line]) -> Markup:
    """Return lines as markup, each run of one sign in one element."""
    runs = [(sign, _run(sign, [text for _, text in group])) for sign, group in groupby(lines, key=lambda entry: entry[0])]
    return piece(TEMPLATE, "lines", runs)


def _split(text: str) -> list[str]:
    """Return a text's lines; the last one says if it has no line end, as in git."""
    *lines, last = text.split("\n")
    return [*lines, f"{last}{_NO_END}"] if last else lines


def _run(sign: str, texts: Sequence[str]) -> Markup:
    mark = "⋯ " if sign == "@" else sign
    return Markup().join(revealed(f"{mark}{text}\n") for text in texts)
