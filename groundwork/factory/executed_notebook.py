"""Combine the commit's notebook with the outputs of its executed copy, which the candidate wrote and is not trusted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from groundwork.factory.report.notebook import Cell, Unreadable, read_cells
from groundwork.factory.report.text import line

_OLDEST, _PRESENT = 2, 4


class Differs(Exception):
    """The executed copy has other cells than the commit's notebook."""


def with_outputs(committed: bytes, executed: bytes) -> bytes:
    """Return the commit's notebook with the outputs of its executed copy; raises Differs.

    The platform adds no cell. A copy may differ where papermill and nbformat repair a notebook: ids, the number of the format, a
    source as one string or many. Types and sources of cells must be equal, in the same order.
    """
    ours, copies = _cells(_converted(committed), "the commit's notebook"), _cells(executed, "the executed copy")
    for number, (mine, copy) in enumerate(zip_longest(ours, copies), 1):
        if mine is None or copy is None or (mine.kind, mine.source) != (copy.kind, copy.source):
            raise Differs(f"cell {number} is {_described(mine)} in the commit, and {_described(copy)} in the executed copy")
    cells = [_cell(mine, copy) for mine, copy in zip(ours, copies, strict=True)]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}).encode()


def _converted(content: bytes) -> bytes:
    """Return a notebook of an old format as the platform executes it: of the present one."""
    try:
        number = json.loads(content)["nbformat"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return content  # `read_cells` reports the problem
    if number not in range(_OLDEST, _PRESENT):
        return content
    import nbformat  # noqa: PLC0415  few notebooks need it

    converted: str = nbformat.writes(nbformat.reads(content.decode(), as_version=_PRESENT))  # type: ignore[no-untyped-call]
    return converted.encode()


def _cells(content: bytes, which: str) -> list[Cell]:
    try:
        return read_cells(content)
    except Unreadable as error:
        raise Differs(f"{which} {error}") from None


def _cell(mine: Cell, copy: Cell) -> dict[str, Any]:
    outputs: Sequence[Any] = [*copy.outputs, *[None] * copy.odd]  # invalid outputs stay invalid
    numbered = {"execution_count": copy.execution, "outputs": outputs} if mine.kind == "code" else {}
    return {"cell_type": mine.kind, "id": mine.id, "metadata": {}, "source": mine.source, **numbered}


def _described(cell: Cell | None) -> str:
    if cell is None:
        return "missing"
    first = next((row for row in cell.source.split("\n") if row.strip()), "")
    return f"{cell.kind} `{line(first, 60)}`"
