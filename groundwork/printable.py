"""Makes untrusted text (branch names, commit messages, output of candidates) safe for a terminal."""

from __future__ import annotations

import re
import unicodedata

_ESCAPES = re.compile(
    r"""
      \x1b \[ [0-?]* [ -/]* [@-~]             # control sequences: colours, cursor
    | \x1b [\]PX^_] .*? (?: \x07 | \x1b\\ )    # strings for the terminal: titles, links, clipboard
    | \x1b [ -/]* [0-~]                        # all shorter sequences
    """,
    re.VERBOSE | re.DOTALL,
)
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def printable(text: str) -> str:
    """Return the text without control characters of terminals and bidirectional marks; tabs and line ends stay.

    Of each line, only the part behind the last carriage return stays: a progress bar wrote over the rest.
    """
    lines = _ESCAPES.sub("", text).split("\n")
    return "\n".join(_visible(line.rstrip("\r").rpartition("\r")[2]) for line in lines)


def one_line(text: str) -> str:
    """Return the printable text in one line: each run of spaces, tabs and line ends is one space."""
    return " ".join(printable(text).split())


def bounded(text: str, limit: int = 500) -> str:
    """Return the beginning of a text and the number of omitted characters: commit subjects and addresses can be very long."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text) - limit:,} more characters)"


def _visible(line: str) -> str:
    if line.isascii() and line.isprintable():
        return line
    return "".join(c for c in line if c == "\t" or unicodedata.category(c) not in _INVISIBLE)
