"""Show untrusted text completely: invisible characters by their numbers, so that no reviewer approves them unseen.

`text.plain` leaves such characters out, which is right for a title and wrong for code: a bidirectional mark changes the
apparent meaning of a line (https://trojansource.codes), and an invisible letter makes two different names look equal.
"""

from __future__ import annotations

import unicodedata

from markupsafe import Markup, escape

from groundwork.factory.report.text import MARKS

# decision 20: reviewers see every character of a change
_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {chr(c) for c in range(0xFE00, 0xFE10)}
_BLANKS = range(0xE0100, 0xE01F0)
_BYTES = range(0xDC80, 0xDD00)
"""Python's replacement for bytes that are not UTF-8 (PEP 383)."""


def revealed(text: str) -> Markup:
    """Return the text as markup; line ends and tabs stay as they are."""
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return escape(text)
    shown: list[str] = []
    marks = 0
    for c in text:
        marks = marks + 1 if unicodedata.combining(c) else 0
        shown.append(_numbered(c) if marks > MARKS or _hidden(c) else str(escape(c)))
    return Markup("".join(shown))  # noqa: S704  every character was escaped, or is named by its number


def _hidden(c: str) -> bool:
    if c in " \t\n":
        return False
    return unicodedata.category(c) in _CATEGORIES or c in _BLANK or ord(c) in _BLANKS


def _numbered(c: str) -> str:
    name = f"0x{ord(c) - 0xDC00:02X}" if ord(c) in _BYTES else f"U+{ord(c):04X}"
    return f'<span class="number">{name}</span>'
