"""Read a candidate's results: up to a limit when the factory copies them, and later by their digests."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from groundwork.errors import GroundworkError
from groundwork.ports.errors import Conflict
from groundwork.ports.fsspec_errors import port_errors

if TYPE_CHECKING:
    import fsspec  # type: ignore[import-untyped]  # fsspec has no types
    import pandas as pd

# decision 19: a candidate's results are copied once, within these limits
NOTEBOOK_BYTES = 50_000_000
"""An executed notebook with pictures has a few million bytes; its JSON takes ten times as much memory."""
PIPELINE_BYTES = 20_000_000
"""The limit of `groundwork.checks`; the reference pipeline has 30,000 bytes."""
OWN_REPORT_BYTES = 5_000_000
"""A rendered page has less than a million bytes."""
TABLE_ROWS = 1_000_000
"""Of one table: for example 20,000 entities with 50 rows each."""
TABLE_BYTES = 300_000_000
"""Of one table in memory: a million rows of ten numbers and three names of 70 letters; a build of the factory's has 4 GB."""


class TooLarge(Conflict):
    """An object is larger than the limit of its kind."""


def read_bounded(objects: fsspec.AbstractFileSystem, url: str, most: int) -> bytes:
    """Return an object of at most `most` bytes; raises TooLarge, and the errors of `port_errors`.

    The size is checked first and no more than the limit is read, because the object may grow in between.
    """
    with port_errors(url):
        objects.invalidate_cache()  # others write here
        about = objects.info(url)
        if about["type"] != "file":
            raise FileNotFoundError(url)
        size = int(about["size"])
        content: bytes = objects.cat_file(url, start=0, end=most + 1) if 0 < size <= most else b""
    if max(size, len(content)) > most:
        raise TooLarge(f"{url} is larger than {most / 1e6:.0f} MB", "write less into it, and push again")
    return content


def read_by_digest(objects: fsspec.AbstractFileSystem, url: str, expected: str) -> bytes:
    """Return an object that still has its digest of the ledger; raises GroundworkError if it was changed."""
    with port_errors(url):
        content: bytes = objects.cat_file(url)
    if digest(content) != expected:
        raise GroundworkError(
            "copy-changed",
            f"{url} was changed after it was copied: its digest is not {expected}, the one in the ledger",
            "read the bucket's data access log to find the identity that wrote it; only the factory may",
        )
    return content


def frame(parquet: bytes) -> pd.DataFrame:
    """Return the rows of a copied table; integers stay integers, also in columns with missing values."""
    import pandas as pd  # noqa: PLC0415  slow to load
    import pyarrow as pa  # noqa: PLC0415  slow to load
    import pyarrow.parquet as pq  # noqa: PLC0415  slow to load

    whole = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    rows: pd.DataFrame = pq.read_table(pa.BufferReader(parquet)).to_pandas(types_mapper=whole.get)
    return rows


def digest(content: bytes) -> str:
    """Return `sha256:…` of bytes."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
