"""Checks rows that are appended to a table: strictly as declared, or a Conflict that names the column and the first bad row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from groundwork.ports.errors import Conflict
from groundwork.ports.warehouse import BATCH, Column, Table

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_KINDS = {
    "STRING": {"string"},
    "INTEGER": {"integer", "floating"},
    "FLOAT": {"integer", "floating", "mixed-integer-float"},
    "BOOLEAN": {"boolean"},
    "DATE": {"date", "datetime", "datetime64"},
    "DATETIME": {"datetime", "datetime64"},
    "TIMESTAMP": {"datetime", "datetime64"},
    "NUMERIC": {"integer", "decimal", "mixed-integer"},
}
"""The value types of pandas that each type takes without a conversion."""

_EXACT = 2**53
"""Up to here a floating point number keeps every whole number exactly."""

_SAME = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN"}


def standard_type(column: Column) -> str:
    """Return one name per type, out of BigQuery's two; raises Conflict for a type that no rows can be written to."""
    name = _SAME.get(column.type, column.type)
    if name not in _KINDS:
        raise Conflict(f"column `{column.name}` has the type {column.type}", f"write to columns of {', '.join(sorted(_KINDS))}")
    return name


def arrow_type(column: Column) -> pa.DataType:
    """Return the type that a column's values are stored in; raises Conflict as `standard_type`."""
    import pyarrow as pa  # noqa: PLC0415  slow to load

    return {
        "STRING": pa.string(), "INTEGER": pa.int64(), "FLOAT": pa.float64(), "BOOLEAN": pa.bool_(), "DATE": pa.date32(),
        "DATETIME": pa.timestamp("us"), "TIMESTAMP": pa.timestamp("us", "UTC"), "NUMERIC": pa.decimal128(38, 9),
    }[standard_type(column)]  # fmt: skip


def fit(rows: pd.DataFrame | Iterable[pd.DataFrame], table: Table, *, batch: str) -> Iterator[pa.Table]:
    """Yield the rows in the table's columns, with the batch, in the parts that they arrive in.

    Missing values (None, NaN, NaT, NA) become NULL: pandas has no other way to say it in a column of numbers. Infinities are
    refused. Rows are counted from 1, over all parts. Raises Conflict, also where there are none.
    """
    import pandas as pd  # noqa: PLC0415  slow to load

    before = 0
    for part in [rows] if isinstance(rows, pd.DataFrame) else rows:
        if not part.empty:
            yield _fit_part(part, table, batch, before)
        before += len(part)
    if not before:
        raise Conflict("there are no rows to append", "append a batch of at least one row")


def _fit_part(rows: pd.DataFrame, table: Table, batch: str, before: int) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415  slow to load

    columns = [column for column in table.columns if column.name != BATCH]
    _check_names(list(rows.columns), [column.name for column in columns])
    arrays = [_fit_column(rows[column.name], column, before) for column in columns]
    fields = [
        pa.field(column.name, array.type, nullable=not column.required) for column, array in zip(columns, arrays, strict=True)
    ]
    batches = pa.array([batch], pa.string()).take(pa.array([0] * len(rows)))
    return pa.Table.from_arrays([*arrays, batches], schema=pa.schema([*fields, pa.field(BATCH, pa.string(), nullable=False)]))


def _check_names(inputs: list[Any], declared: list[str]) -> None:
    missing = [name for name in declared if name not in inputs]
    extra = [str(name) for name in inputs if name not in declared]
    twice = sorted({str(name) for name in inputs if inputs.count(name) > 1})
    wrong = [f"{what} {', '.join(f'`{name}`' for name in names)}" for what, names in
             (("missing", missing), ("not declared", extra), ("given twice", twice)) if names]  # fmt: skip
    if wrong:
        raise Conflict(f"the columns do not fit the table: {'; '.join(wrong)}", f"give exactly {', '.join(declared)}")


def _fit_column(values: pd.Series[Any], column: Column, before: int) -> pa.Array:
    if column.required and (missing := values.isna()).any():
        raise _misfit(column, before + int(missing.to_numpy().argmax()), "has no value, and one is required")
    if not _fits(values, column):
        row = _first(len(values), lambda start, stop: not _fits(values.iloc[start:stop], column))
        raise _misfit(column, before + row, f"{_shown(values.iloc[row])} is not of the type {column.type}")
    return _convert(values, column)


def _fits(values: pd.Series[Any], column: Column) -> bool:
    import numpy as np  # noqa: PLC0415  slow to load
    import pandas as pd  # noqa: PLC0415  slow to load
    import pyarrow as pa  # noqa: PLC0415  slow to load

    present = values.dropna()
    if present.empty:
        return True
    type_ = standard_type(column)
    plain = present.astype(object) if isinstance(present.dtype, pd.CategoricalDtype) else present
    inferred = pd.api.types.infer_dtype(plain, skipna=True)
    if inferred not in _KINDS[type_]:
        return False
    if type_ == "INTEGER" and inferred == "floating" and (abs(plain) > _EXACT).any():
        return False  # it was another whole number, before pandas had it beside a missing one
    if type_ == "FLOAT" and not np.isfinite(plain.to_numpy(dtype=float)).all():
        return False
    try:
        _convert(plain, column)
        return type_ != "DATE" or _are_days(plain)
    except (pa.ArrowException, OverflowError, UnicodeEncodeError, TypeError, ValueError):
        return False


def _are_days(values: pd.Series[Any]) -> bool:
    """Return whether no value has a time of day or a zone, which a DATE would drop."""
    import pandas as pd  # noqa: PLC0415  slow to load

    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return False
    if pd.api.types.is_datetime64_dtype(values.dtype):
        return bool((values.dt.normalize() == values).all())
    return not any(isinstance(value, datetime) and (value.tzinfo or value.time() != datetime.min.time()) for value in values)


def _convert(values: pd.Series[Any], column: Column) -> pa.Array:
    import pyarrow as pa  # noqa: PLC0415  slow to load

    as_objects = standard_type(column) in {"NUMERIC", "STRING"} or not values.notna().any()
    array = pa.Array.from_pandas(values.astype(object) if as_objects else values, type=arrow_type(column), safe=True)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _first(length: int, bad: Callable[[int, int], bool]) -> int:
    """Return the first row of the first half that is bad, halved down to one row."""
    start, stop = 0, length
    while stop - start > 1:
        middle = (start + stop) // 2
        if bad(start, middle):
            stop = middle
        else:
            start = middle
    return start


def _misfit(column: Column, row: int, what: str) -> Conflict:
    return Conflict(f"column `{column.name}`, row {row + 1}: {what}", "correct the rows; nothing was stored")


def _shown(value: Any) -> str:
    text = repr(value.item() if hasattr(value, "item") else value)
    return text if len(text) < 60 else f"{text[:57]}…"  # noqa: PLR2004  a line's worth
