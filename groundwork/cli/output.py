"""How commands print: data to stdout, messages to stderr, and nothing that only colour can say."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def say(text: str) -> None:
    """Print a message for the person at the keyboard."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201  a command prints


def show(text: str) -> None:
    """Print data."""
    print(text, flush=True)  # noqa: T201  a command prints


def table(rows: Sequence[Mapping[str, Any]], columns: Iterable[str]) -> str:
    """Return rows as aligned text under their column names."""
    names = list(columns)
    cells = [names, *([str(row[name]) for name in names] for row in rows)]
    widths = [max(len(line[index]) for line in cells) for index in range(len(names))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells)


def show_rows(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool, none: str) -> None:
    """Print rows as a table or as JSON; `none` is the message for an empty table."""
    if as_json:
        show(json.dumps([{name: row[name] for name in columns} for row in rows], indent=2, default=str))
    elif rows:
        show(table(rows, columns))
    else:
        say(none)
