"""Constants that the evaluation and the steps share."""

from __future__ import annotations

import json
from pathlib import Path

SEASON = 52
"""Weeks in a season."""


def stored_levels() -> tuple[int, ...]:
    """Return the interval levels for which the table of forecasts has columns."""
    columns = json.loads((Path(__file__).parents[1] / "tables" / "forecasts.json").read_text())
    names = {column["name"] for column in columns}
    lower = (name.removeprefix("lower_") for name in names if name.startswith("lower_"))
    return tuple(sorted(int(level) for level in lower if f"upper_{level}" in names))
