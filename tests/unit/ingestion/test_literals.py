"""A field is what BigQuery says it is, on every Python."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwork.ingestion.csv_check import parse
from groundwork.ingestion.literals import EXAMPLES, read
from groundwork.ports.warehouse import BATCH, Column, Table
from groundwork.twin.bigquery.row_types import fit

AT = datetime(2010, 2, 5, 10, tzinfo=UTC)
DAY = datetime(2010, 2, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("TIMESTAMP", "2010-02-05 10:00:00 UTC", AT),
        ("TIMESTAMP", "2010-02-05 10:00:00.123456 UTC", AT.replace(microsecond=123456)),
        ("TIMESTAMP", "2010-02-05 10:00:00.5", AT.replace(microsecond=500000)),
        ("TIMESTAMP", "2010/02/05 10:00:00", AT),
        ("TIMESTAMP", "2010-02-05T10:00:00Z", AT),
        ("TIMESTAMP", "2010-2-5t10:0:0", AT),
        ("TIMESTAMP", "2010-02-05 12:30:00+02:30", AT),
        ("TIMESTAMP", "2010-02-05 02:00:00-8", AT),
        ("TIMESTAMP", "2010-02-05 02:00:00 America/Los_Angeles", AT),
        ("TIMESTAMP", "2010-02-05", DAY),
        ("TIMESTAMP", "0001-01-01 00:00:00", datetime(1, 1, 1, tzinfo=UTC)),
        ("DATETIME", "2010-02-05 10:00:00", AT.replace(tzinfo=None)),
        ("DATETIME", "2010-02-05T10:00:00.000001", AT.replace(tzinfo=None, microsecond=1)),
        ("DATETIME", "2010-02-05", DAY.replace(tzinfo=None)),
        ("DATE", "2010-02-05", date(2010, 2, 5)),
        ("INTEGER", "-9223372036854775808", -(2**63)),
        ("INTEGER", "+007", 7),
        ("FLOAT", "1.5e3", 1500.0),
        ("FLOAT", "-.5", -0.5),
        ("NUMERIC", "99999999999999999999999999999.999999999", Decimal("99999999999999999999999999999.999999999")),
        ("NUMERIC", "1.50000000000000", Decimal("1.5")),
        ("NUMERIC", "1e5", Decimal(100000)),
        ("BOOLEAN", "True", True),
        ("BOOLEAN", "FALSE", False),
        ("STRING", "NA", "NA"),
        ("STRING", " 12 ", " 12 "),
    ],
)
def test_what_bigquery_writes_is_read(type_: str, text: str, value: object) -> None:
    found = read(type_, text)
    assert (found, type(found)) == (value, type(value))


REFUSED = {
    "TIMESTAMP": [
        "2010-W05", "2010-W05-5", "20100205", "2010-02-05x10:00:00", "2010-036", "20100205T100000", "2010-02-05T10",
        "2010-02-05T10:00", "2010-02-05 10:00:00.123456789", "2010-02-05 10:00:00,5", "2010-02-05 10:00:00.",
        "2010-02-05  10:00:00", "2010-02-05 ", "2010/02-05", "2010-02-05 24:00:00", "2010-02-05 10:00:60", "2010-02-30",
        "2010-02-05 10:00:00+0200", "2010-02-05 10:00:00+15:00", "2010-02-05 10:00:00+02:60", "2010-02-05 10:00:00 utc+1",
        "2010-02-05 10:00:00 Europe", "2010-02-05 10:00:00 ../../etc/passwd", "2010-02-05 10:00:00 Nowhere/Land",
        "0001-01-01 00:00:00+01:00", "9999-12-31 23:59:59-01:00", "0001-01-01 00:00:00 Asia/Tokyo", "0000-01-01", "1265364000",
        "now", "\u0662\u0660\u0661\u0660-02-05",
    ],
    "DATETIME": [
        "2010-02-05T10:00:00+02:00", "2010-02-05T10:00:00Z", "2010-02-05 10:00:00 UTC", "2010-W05-5T01:00",
        "2010/02/05 10:00:00", "2010-02-05T10:00", "2010-02-05 10:00:00.1234567",
    ],
    "DATE": ["2010-W05-5", "20100205", "2010-2-5", "2010/02/05", "2010-02-05T00:00:00", "05.02.2010", "\uff12010-02-05"],
    "INTEGER": ["1_000", " 12 ", "\uff10", "12.0", "1e3", "0x1A", "", "9223372036854775808", "--1", "\u0967"],
    "FLOAT": ["1_000.5", " 1.5", "nan", "NaN", "infinity", "-inf", "1e999", "0x1p3", "1,5", ".", "e5", "1.5f", "\uff11.5"],
    "NUMERIC": ["1.0000000001", "100000000000000000000000000000", "1e400", "NaN", "sNaN", "Infinity", "1_0"],
    "BOOLEAN": ["t", "yes", "1", "0", "\uff34\uff32\uff35\uff25", " true", "fal\u017fe", ""],
}  # fmt: skip


@pytest.mark.parametrize(("type_", "text"), [(type_, text) for type_, texts in REFUSED.items() for text in texts])
def test_what_only_python_reads_is_refused(type_: str, text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  whoever reads the file says which text, and where
        read(type_, text)


LIKE = st.one_of(
    st.from_regex(r"\A[+-]?[0-9]{0,32}(\.[0-9]{0,12})?([eE][+-]?[0-9]{1,3})?\Z"),
    st.from_regex(r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-2][0-9]:[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?( UTC|Z|[+-][0-9]{2})?)?\Z"),
    st.sampled_from(["true", "FALSE", "NA", '""']),
    st.text(st.characters(codec="utf-8", exclude_characters='\0\r\n",'), min_size=1),
)


@settings(max_examples=150, deadline=None)
@given(type_=st.sampled_from(sorted(EXAMPLES)), texts=st.lists(LIKE, min_size=1, max_size=4))
def test_what_is_read_the_warehouse_takes(type_: str, texts: list[str]) -> None:
    """Its own refusals count rows without the header: a person never sees one about a file that was checked."""
    table = Table(
        columns=(Column(name="v", type=type_, required=False), Column(name=BATCH, type="STRING", required=True)), key=()
    )
    parsed = parse("\n".join(["v", *texts]).encode(), table)
    if not parsed.problems:
        (fitted,) = fit(parsed.frames(), table, batch="b")
        stored = fitted.column("v").to_pylist()
        assert stored == [None if value is pd.NA else value for value in parsed.columns["v"]]


@pytest.mark.parametrize("type_", sorted(EXAMPLES))
def test_the_example_that_a_person_is_given_is_one(type_: str) -> None:
    table = Table(columns=(Column(name="k", type="STRING", required=True), Column(name="v", type=type_, required=True)), key=())
    empty = parse(b"k,v\nx,\n", table)
    (problem,) = empty.problems
    assert f"write `{EXAMPLES[type_]}` " in problem
    assert parse(f"k,v\nx,{EXAMPLES[type_]}\n".encode(), table).problems == ()


def cells(type_: str, line: str) -> list[Any]:
    table = Table(columns=(Column(name="k", type="STRING", required=False), Column(name="v", type=type_, required=False)), key=())
    parsed = parse(f"k,v\n{line}\n".encode(), table)
    assert parsed.problems == ()
    return [None if parsed.columns[name][0] is pd.NA else parsed.columns[name][0] for name in ("k", "v")]


@pytest.mark.parametrize(
    ("line", "values"),
    [
        (",", [None, None]),
        ('"",', ["", None]),
        (',""', [None, ""]),
        ('"a,"",b",', ['a,",b', None]),
        ('"","""',  None),
        ('"x\n,"",\n",""', ['x\n,",\n', ""]),
        ("NA,N/A", ["NA", "N/A"]),
        ('"NA",NULL', ["NA", "NULL"]),
        (" ,\\N", [" ", "\\N"]),
    ],
)  # fmt: skip
def test_nothing_between_commas_is_no_value_and_no_text_is(line: str, values: list[str | None] | None) -> None:
    if values is None:
        assert parse(
            f"k,v\n{line}\n".encode(), Table(columns=(Column(name="k", type="STRING", required=False),), key=())
        ).problems
    else:
        assert cells("STRING", line) == values


def test_na_is_no_value_where_it_could_be_no_other() -> None:
    assert cells("FLOAT", "NA,NA") == ["NA", None]
    assert cells("DATE", "x,") == ["x", None]


def test_the_types_that_are_read_are_those_that_are_stored() -> None:
    from groundwork.twin.bigquery.schema import TYPES  # noqa: PLC0415  the twin's own list

    assert set(EXAMPLES) == TYPES
