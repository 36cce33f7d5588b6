"""Keys of many rows, each as a digest of 16 bytes, independent of the key's columns."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import numpy.typing as npt

_LAST = b"\1"
"""numpy cuts NULs off the end of bytes, so a digest must not end in one."""


def digests(keys: Iterable[Iterable[Any]]) -> npt.NDArray[np.bytes_]:
    """Return a digest of each key: the same for a value of the file and for the stored value that the warehouse returns."""
    return np.frombuffer(b"".join(_digest(key) for key in keys), dtype="S16")


def repeated(keys: npt.NDArray[np.bytes_]) -> list[tuple[int, int]]:
    """Return the positions of repeated keys, in order, each with the position of the first equal key."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    again = np.flatnonzero(ordered[1:] == ordered[:-1]) + 1
    starts = np.searchsorted(ordered, ordered[again])
    return sorted(zip(order[again].tolist(), order[starts].tolist(), strict=True))


def _digest(key: Iterable[Any]) -> bytes:
    said = repr([_text(value) for value in key]).encode()
    return hashlib.blake2b(said, digest_size=15).digest() + _LAST


def _text(value: Any) -> str | None:
    match value:
        case str():
            return value
        case Decimal():
            digits = f"{value or 0:f}"
            return digits.rstrip("0").rstrip(".") if "." in digits else digits
        case _ if value is None or value is pd.NA or value != value:  # noqa: PLR0124  NaN and NaT do not equal themselves
            return None
        case datetime():
            return (value if value.tzinfo is None else value.astimezone(UTC)).isoformat(timespec="microseconds")
        case date():
            return f"{value.isoformat()}T00:00:00.000000"
    return str(int(value)) if float(value).is_integer() else repr(float(value))  # a BOOL is 0 or 1
