"""Cron expressions: checked here, because a wrong one would only be noticed when nothing runs."""

from __future__ import annotations

import re

from groundwork.environment.validation_messages import shown

FIELDS = {"minute": (0, 59), "hour": (0, 23), "day": (1, 31), "month": (1, 12), "weekday": (0, 7)}
"""The fields with their lowest and highest values; Sunday is 0 and 7."""

_PART = re.compile(r"(?:\*|(?P<first>[0-9]{1,2})(?:-(?P<last>[0-9]{1,2}))?)(?:/(?P<step>[0-9]{1,2}))?")


def cron(value: str) -> str:
    """Return a cron expression of numbers; raises ValueError that names the wrong field."""
    fields = value.split(" ")
    if len(fields) != len(FIELDS):
        raise ValueError(
            f"{shown(value)} is not valid: write five fields ({', '.join(FIELDS)}) with one space between them, like 0 5 * * 1"
        )
    for name, text in zip(FIELDS, fields, strict=True):
        if not all(_fits(part, *FIELDS[name]) for part in text.split(",")):
            low, high = FIELDS[name]
            raise ValueError(
                f"{shown(text)} is not a valid {name}: *, numbers from {low} to {high}, ranges like {low}-{high}, steps like */2"
            )
    return value


def _fits(part: str, low: int, high: int) -> bool:
    match = _PART.fullmatch(part)
    if not match:
        return False
    first = int(match["first"] or low)
    last = int(match["last"] or match["first"] or high)
    return low <= first <= last <= high and (match["step"] is None or int(match["step"]) > 0)
