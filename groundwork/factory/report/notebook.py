"""Read a notebook for the report: untrusted data, any part of which may be invalid."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_MOST_BYTES = 40_000_000
_MOST_CELLS = 5_000
_FORMAT = 4
KINDS = frozenset({"code", "markdown", "raw"})
"""Kinds of cells in the format."""


class Unreadable(Exception):
    """A notebook that cannot be shown; its text is the end of the sentence `The notebook …`."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell."""

    id: str
    """Empty if it has none."""
    kind: str
    """`code`, `markdown` or `raw`."""
    source: str
    execution: int | None
    outputs: Sequence[Mapping[str, Any]]
    """Unchecked, except that they are mappings."""
    odd: int = 0
    """Number of invalid outputs."""


def read_cells(content: bytes) -> list[Cell]:
    """Return a notebook's cells; raises Unreadable."""
    if len(content) > _MOST_BYTES:
        raise Unreadable(f"is larger than {_MOST_BYTES // 1_000_000} MB")
    try:
        document = json.loads(content)
    except RecursionError:
        raise Unreadable("is nested too deeply") from None
    except ValueError:
        raise Unreadable("is not JSON") from None
    if not isinstance(document, dict) or not isinstance(document.get("nbformat"), int):
        raise Unreadable("has no format number of a notebook")
    if document["nbformat"] != _FORMAT:
        raise Unreadable(f"is not of format {_FORMAT}: save it in a current Jupyter")
    if not isinstance(document.get("cells"), list):
        raise Unreadable("has no list of cells")
    if len(document["cells"]) > _MOST_CELLS:
        raise Unreadable(f"has more than {_MOST_CELLS:,} cells")
    return [_cell(cell) for cell in document["cells"]]


def _cell(value: object) -> Cell:
    cell = value if isinstance(value, dict) else {}
    kind, number, name, outputs = (cell.get(key) for key in ("cell_type", "execution_count", "id", "outputs"))
    source = joined(cell.get("source"))
    if not isinstance(kind, str) or kind not in KINDS or source is None:
        return Cell(id="", kind="raw", source="(This cell is not as the notebook's format says.)", execution=None, outputs=())
    listed = outputs if isinstance(outputs, list) else []
    return Cell(
        id=name if isinstance(name, str) else "",
        kind=kind,
        source=source,
        execution=number if isinstance(number, int) and 0 <= number < 10**6 else None,
        outputs=[output for output in listed if isinstance(output, dict)],
        odd=sum(not isinstance(output, dict) for output in listed),
    )


def joined(value: object) -> str | None:
    """Return text that the format writes as one string or as a list of lines; None for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return "".join(value)
    return None
