"""Reads fields of a CSV file as BigQuery's literals: equally on every Python, and without literals that BigQuery refuses.

https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types, and for slashes in timestamps
https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-csv. Stricter than BigQuery in three places: a BOOLEAN is `true`
or `false`, a FLOAT is finite, and a NUMERIC of more than nine decimals is refused instead of rounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation
from math import isfinite
from typing import Any, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_DAY = r"([0-9]{4})([-/])([0-9]{1,2})\2([0-9]{1,2})"
_TIME = r"(?:[ Tt]([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:\.([0-9]{1,6}))?)?"
_DATETIME = re.compile(_DAY + _TIME)
_TIMESTAMP = re.compile(
    _DAY + _TIME + r"(?:([Zz])|([+-])([0-9]{1,2})(?::([0-9]{1,2}))?| ([A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*))?"
)
_LAST_HOUR, _LAST_MINUTE = 14, 59
"""BigQuery's largest offset of a time zone from UTC."""

_NUMERIC = Context(prec=38, traps=[InvalidOperation, Inexact])
_DECIMALS = Decimal(1).scaleb(-9)

EXAMPLES: Mapping[str, str] = {
    "STRING": '""', "INTEGER": "12", "INT64": "12", "FLOAT": "1.5", "FLOAT64": "1.5", "NUMERIC": "1.50", "BOOLEAN": "true",
    "BOOL": "true", "DATE": "2012-01-31", "DATETIME": "2012-01-31 10:00:00", "TIMESTAMP": "2012-01-31 10:00:00 UTC",
}  # fmt: skip
"""An example of each type."""


def read(type_: str, text: str) -> Any:
    """Return the value of a text in one of BigQuery's types; raises ValueError."""
    return _READERS[type_](text)


def _integer(text: str) -> int:
    value = int(text) if _INTEGER.fullmatch(text) else _none(text)
    return value if -(2**63) <= value < 2**63 else _none(text)


def _float(text: str) -> float:
    value = float(text) if _NUMBER.fullmatch(text) else _none(text)
    return value if isfinite(value) else _none(text)


def _numeric(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        _none(text)
    try:
        return Decimal(text).quantize(_DECIMALS, context=_NUMERIC)
    except DecimalException:
        return _none(text)


def _boolean(text: str) -> bool:
    value = {"true": True, "false": False}.get(text.lower())
    return _none(text) if value is None else value


def _date(text: str) -> date:
    return date(*map(int, match.groups())) if (match := _DATE.fullmatch(text)) else _none(text)


def _datetime(text: str) -> datetime:
    match = _DATETIME.fullmatch(text)
    return _moment(match) if match and match[2] == "-" else _none(text)


def _timestamp(text: str) -> datetime:
    match = _TIMESTAMP.fullmatch(text)
    if not match:
        return _none(text)
    try:
        return _in_utc(_moment(match), *match.groups()[-5:])
    except (OverflowError, ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(text) from error


def _moment(match: re.Match[str]) -> datetime:
    year, _, month, day, hour, minute, second, fraction = match.groups()[:8]
    micro = int((fraction or "0").ljust(6, "0"))
    return datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), micro)  # noqa: DTZ001  the caller adds the zone


def _in_utc(
    moment: datetime, _: str | None, sign: str | None, hours: str | None, minutes: str | None, zone: str | None
) -> datetime:
    if zone is not None and zone != "UTC":
        return moment.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    if int(hours or 0) > _LAST_HOUR or int(minutes or 0) > _LAST_MINUTE:
        raise ValueError(hours, minutes)
    ahead = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    return moment.replace(tzinfo=UTC) + (ahead if sign == "-" else -ahead)


def _none(text: str) -> NoReturn:
    raise ValueError(text)


_READERS: Mapping[str, Callable[[str], Any]] = {
    "STRING": str, "INTEGER": _integer, "INT64": _integer, "FLOAT": _float, "FLOAT64": _float, "NUMERIC": _numeric,
    "BOOLEAN": _boolean, "BOOL": _boolean, "DATE": _date, "DATETIME": _datetime, "TIMESTAMP": _timestamp,
}  # fmt: skip
