"""Exports one batch of a table: reads its file in pieces, up to a limit."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from groundwork.ports.errors import Conflict
from groundwork.ports.warehouse import BATCH, Table
from groundwork.twin.bigquery.row_types import arrow_type

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_AT_ONCE = 10_000
"""Rows of a piece."""


def exported(file: Path, table: Table, *, rows: int, size: int) -> bytes:
    """Return a batch's rows in the declared columns as Parquet; without a file there are none. Raises Conflict.

    A file never changes once it is in its place, so an opened file stays the same while the table changes.
    """
    schema = pa.schema([(column.name, arrow_type(column)) for column in table.columns if column.name != BATCH])
    try:
        with file.open("rb") as opened:
            texts = [field.name for field in pq.read_schema(opened) if pa.types.is_string(field.type)]
            opened.seek(0)
            return _written(_pieces(pq.ParquetFile(opened, read_dictionary=texts), schema, rows, size), schema)
    except FileNotFoundError:
        return _written(iter(()), schema)
    except (pa.ArrowException, OverflowError) as error:
        first = str(error).partition("\n")[0]
        raise Conflict(
            f"batch {file.stem} is not as its table is declared: {first}", "retract the batch, and append it again"
        ) from error


def _pieces(parquet: pq.ParquetFile, schema: pa.Schema, rows: int, size: int) -> Iterator[pa.Table]:
    about = parquet.metadata
    _require(about.num_rows <= rows, f"{rows:,} rows")
    _require(sum(about.row_group(each).total_byte_size for each in range(about.num_row_groups)) <= size, f"{size:,} bytes")
    held = 0
    for piece in parquet.iter_batches(_AT_ONCE, columns=[name for name in schema.names if name in parquet.schema_arrow.names]):
        held += sum(map(_size, piece.columns))
        _require(held <= size, f"{size:,} bytes")
        yield pa.table([_column(piece, field) for field in schema], schema=schema)


def _size(column: pa.Array) -> int:
    """Return how large a column is once every text is written out: in a file, and until then, one that repeats is there once."""
    if not isinstance(column, pa.DictionaryArray):
        return int(column.nbytes)
    return int(pc.sum(pc.take(pc.binary_length(column.dictionary), column.indices)).as_py() or 0)


def _column(piece: pa.RecordBatch, field: pa.Field) -> pa.Array:
    """Return a column as it is declared; one that was declared later is empty."""
    declared = field.name in piece.schema.names
    return piece.column(field.name).cast(field.type) if declared else pa.nulls(piece.num_rows, field.type)


def _written(pieces: Iterator[pa.Table], schema: pa.Schema) -> bytes:
    written = io.BytesIO()
    with pq.ParquetWriter(written, schema) as parquet:
        for piece in pieces:
            parquet.write_table(piece)
    return written.getvalue()


def _require(within: bool, bound: str) -> None:  # noqa: FBT001  reads as a sentence
    if not within:
        raise Conflict(f"the batch is larger than {bound}", "store fewer rows, or shorter texts")
