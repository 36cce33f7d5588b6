"""Recognises files that are not CSV in UTF-8 with commas: their format by the first bytes, and other separators of columns."""

from __future__ import annotations

from collections.abc import Collection

_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "it is a gzip file: unpack it"),
    (b"BZh", "it is a bzip2 file: unpack it"),
    (b"\xfd7zXZ\0", "it is an xz file: unpack it"),
    (b"\x28\xb5\x2f\xfd", "it is a Zstandard file: unpack it"),
    (b"7z\xbc\xaf\x27\x1c", "it is a 7-Zip archive: unpack it"),
    (b"PAR1", "it is a Parquet file: export it as CSV"),
    (b"ORC\x03", "it is an ORC file: export it as CSV"),
    (b"Obj\x01", "it is an Avro file: export it as CSV"),
    (b"ARROW1", "it is an Arrow file: export it as CSV"),
    (b"SQLite format 3\0", "it is a SQLite database: export the table as CSV"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "it is an old Excel workbook (xls): save its sheet as CSV in UTF-8"),
    (b"%PDF-", "it is a PDF: ask for the table as CSV"),
    (b"\xff\xfe\0\0", "it is text in UTF-32: save it as UTF-8"),
    (b"\0\0\xfe\xff", "it is text in UTF-32: save it as UTF-8"),
    (b"\xff\xfe", "it is text in UTF-16: save it as UTF-8"),
    (b"\xfe\xff", "it is text in UTF-16: save it as UTF-8"),
)
_ZIPS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_LOOK = 4096
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


def foreign(content: bytes) -> str | None:
    """Return the format of a file and the way to convert it, if the file is clearly not text in UTF-8."""
    head = content[:_LOOK]
    if head.startswith(_ZIPS):
        office = b"[Content_Types].xml" in head or b"xl/" in head
        return "it is an Excel workbook (xlsx): save its sheet as CSV in UTF-8" if office else "it is a zip archive: unpack it"
    for start, problem in _STARTS:
        if head.startswith(start):
            return problem
    if head.lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        return "it is a page (HTML or XML), such as a server sends instead of a file: open it in a browser"
    odd, even = head[1::2], head[::2]
    if b"\0" in head and (not odd.strip(b"\0") or not even.strip(b"\0")):
        return "it is text in UTF-16 without a mark: save it as UTF-8"
    return None


def other_separator(line: str, declared: Collection[str]) -> str | None:
    """Return the problem of a header with another separator than a comma: it divides the line into more declared columns."""
    names = _divided(line, ",")
    known = len(names & set(declared))
    for mark, name in _SEPARATORS.items():
        parts = _divided(line, mark)
        if len(parts & set(declared)) > known or (len(parts) > len(names) == 1 and not known):
            count = "one column" if len(names) == 1 else f"{len(names)} columns"
            more = f"{name} divide its header into {len(parts)}"
            return f"it has {count}, as its separator is not a comma: {more}; save it with commas"
    return None


def _divided(line: str, mark: str) -> set[str]:
    return {part.strip().strip('"') for part in line.split(mark)}
