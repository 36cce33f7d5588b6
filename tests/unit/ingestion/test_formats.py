"""What is no CSV file in UTF-8 with commas is called by its name."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile

import pandas as pd
import pytest

from groundwork.ingestion.csv_check import parse
from groundwork.ingestion.csv_records import LONGEST, UnreadableError, records
from groundwork.ports.warehouse import Column, Table

TABLE = Table(columns=tuple(Column(name=name, type="STRING", required=False) for name in ("region", "week", "sales")), key=())
ONE = Table(columns=(Column(name="region", type="STRING", required=False),), key=())
TEXT = "region,week,sales\nEU,2024-01-01,1\n"


def zipped(name: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), TEXT)
    return packed.getvalue()


def parquet() -> bytes:
    written = io.BytesIO()
    pd.DataFrame({"region": ["EU"]}).to_parquet(written)
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (gzip.compress(TEXT.encode(), mtime=0), "it is a gzip file: unpack it"),
        (bz2.compress(TEXT.encode()), "it is a bzip2 file: unpack it"),
        (lzma.compress(TEXT.encode()), "it is an xz file: unpack it"),
        (zipped("sales.csv"), "it is a zip archive: unpack it"),
        (zipped("[Content_Types].xml"), "it is an Excel workbook (xlsx): save its sheet as CSV in UTF-8"),
        (parquet(), "it is a Parquet file: export it as CSV"),
        (TEXT.encode("utf-16"), "it is text in UTF-16: save it as UTF-8"),
        (TEXT.encode("utf-16-le"), "it is text in UTF-16 without a mark: save it as UTF-8"),
        (TEXT.encode("utf-16-be"), "it is text in UTF-16 without a mark: save it as UTF-8"),
        (TEXT.encode("utf-32"), "it is text in UTF-32: save it as UTF-8"),
        (b"<!DOCTYPE html><html>", "it is a page (HTML or XML), such as a server sends instead of a file: open it in a browser"),
    ],
)
def test_a_file_of_another_kind_is_called_by_its_name(content: bytes, said: str) -> None:
    assert parse(content, TABLE).problems == (said,)


@pytest.mark.parametrize(
    ("content", "count", "marks"),
    [
        (TEXT.replace(",", ";").encode(), "one column", "semicolons divide its header into 3"),
        (TEXT.replace(",", "\t").encode(), "one column", "tabs divide its header into 3"),
        (TEXT.replace(",", "|").encode(), "one column", "bars divide its header into 3"),
        (b'\xef\xbb\xbf"region";"week";"sales"\n', "one column", "semicolons divide its header into 3"),
        (b"a, b;region;week;sales\n", "2 columns", "semicolons divide its header into 4"),
        (b"a;b\n1;2\n", "one column", "semicolons divide its header into 2"),
    ],
)
def test_another_separator_is_found(content: bytes, count: str, marks: str) -> None:
    said = f"it has {count}, as its separator is not a comma: {marks}; save it with commas"
    assert parse(content, TABLE).problems == (said,)


def test_a_mark_in_a_column_s_name_is_no_separator() -> None:
    odd = Table(columns=(Column(name="region;week", type="STRING", required=False),), key=())
    assert parse(b"region;week\nEU;1\n", odd).problems == ()


def test_a_file_of_one_column_is_one() -> None:
    assert parse(b"region\nEU\n\nUS\n", ONE).problems == ("row 3: 0 values under 1 columns",)
    assert parse(b"\xef\xbb\xbfregion\r\nEU\r\n\r\n\r\n", ONE).count == 1


def test_bytes_that_are_no_utf8_are_named_wherever_they_are() -> None:
    for before in (0, 2**20 - 1, 2**20, 2**20 + 5):
        with pytest.raises(UnreadableError, match=rf"it is not UTF-8: byte {before} is b'\\xe2'"):
            next(records(b"a" * before + b"\xe2\x82x"))


def test_a_file_without_line_ends_is_refused_before_it_is_taken_apart() -> None:
    for content in (b"," * (LONGEST + 1), b'a,"b\n",' * LONGEST):
        with pytest.raises(UnreadableError, match="a row has more than 10,000,000 characters"):
            next(records(content))


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('a,"b\nc",\n', [["a", "b\nc", None]]),
        ('"",,""\r\n', [["", None, ""]]),
        ('a,""\rb,\r', [["a", ""], ["b", None]]),
        ('"a""",""""\n', [['a"', '"']]),
        ('a"b,""\n', [['a"b', ""]]),
        ('"\n""\n",,\n', [['\n"\n', None, None]]),
    ],
)
def test_quotes_tell_an_empty_text_from_nothing(text: str, rows: list[list[str | None]]) -> None:
    assert list(records(text.encode())) == rows
