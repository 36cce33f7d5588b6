"""Untrusted text, prepared for a page: without control characters, of limited length, and with a note if it was shortened."""

from __future__ import annotations

import re
import unicodedata

from groundwork.printable import printable

# A terminal's strings (titles, links). `printable` recognises them too, but searches for the end of each one again, and a
# hostile text can extend that to minutes.
_STRINGS = re.compile(r"\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
MARKS = 3
"""Most combining marks on one character: more of them draw over other lines."""


def plain(text: str) -> str:
    """Return the text without control sequences of terminals and browsers; of stacked combining marks three stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_few_marks(printable(_STRINGS.sub("\x07", text))))


def visible(markup: str) -> str:
    """Return markup without invisible characters. It removes single characters only: a sequence could contain a quote or `<`."""
    if markup.isascii() and markup.replace("\n", "").isprintable():
        return markup
    kept = (c for c in markup if c in "\t\n" or unicodedata.category(c) not in _INVISIBLE)
    return "".join(_few_marks("".join(kept)))


def _few_marks(text: str) -> list[str]:
    """Return the characters, without the marks by which one line is drawn over its neighbours."""
    if text.isascii():
        return [text]
    kept, marks = [], 0
    for c in text:
        marks = marks + 1 if unicodedata.combining(c) else 0
        if marks <= MARKS:
            kept.append(c)
    return kept


def line(text: str, limit: int = 200) -> str:
    """Return the text as one line of at most `limit` characters, and the number of the others."""
    shown = " ".join(plain(text[: 4 * limit + 1000]).split())
    if len(shown) <= limit and len(text) <= 4 * limit + 1000:
        return shown
    return f"{shown[:limit]}… ({len(text) - limit:,} more characters)"


def clip(text: str, limit: int, lines: int) -> tuple[str, str]:
    """Return the beginning of a text, and a description of the omitted part ("" if there is none)."""
    shown = plain(text[:limit]).rstrip("\n")
    omitted = [count(len(text) - limit, "character")] if len(text) > limit else []
    rows = shown.split("\n")
    if len(rows) > lines:
        omitted.insert(0, count(len(rows) - lines, "line"))
        shown = "\n".join(rows[:lines])
    return shown, f"{' and '.join(omitted)} more left out" if omitted else ""


def count(number: int, thing: str) -> str:
    """Return a number with its noun: `1 cell`, `2,000 cells`."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
