"""Schema files are validated before BigQuery reads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from groundwork.errors import GroundworkError
from groundwork.google.table_schema import read_table_schema

WEEK = {"name": "week", "type": "DATE", "mode": "REQUIRED", "description": "Its Monday."}


def refusal(tmp_path: Path, columns: Any, key: tuple[str, ...] = ()) -> str:
    (tmp_path / "table.json").write_text(columns if isinstance(columns, str) else json.dumps(columns))
    with pytest.raises(GroundworkError) as refused:
        read_table_schema(tmp_path / "table.json", key)
    assert refused.value.code == "table-schema-invalid"
    return refused.value.message.replace(f"{tmp_path}/table.json: ", "")


def test_the_layout_of_a_file_does_not_change_its_schema(tmp_path: Path) -> None:
    """Another layout must not show as a change of the table."""
    (tmp_path / "a.json").write_text(json.dumps([WEEK]))
    (tmp_path / "b.json").write_text(json.dumps([WEEK], indent=4))

    assert read_table_schema(tmp_path / "a.json").text == read_table_schema(tmp_path / "b.json").text


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ("[{", "Expecting property name"),
        ("{}", "is not a list of columns"),
        ([], "is not a list of columns"),
        (["week"], "column 1 is not a mapping of text to text"),
        ([{"name": 1, "type": "DATE"}], "column 1 is not a mapping of text to text"),
        ([{**WEEK, "type": "DAET"}], "column 1 ('week'): 'DAET' is not a type; did you mean 'DATE'?"),
        ([{**WEEK, "mode": "REPEATED"}], "column 1 ('week'): 'REPEATED' is not a mode: NULLABLE or REQUIRED"),
        ([{**WEEK, "nmae": "x"}], "column 1 ('week'): 'nmae' is not one of name, type, mode, description"),
        ([{"type": "DATE"}], "column 1 (''): a name consists of letters, digits and underscores"),
        ([WEEK, {**WEEK, "name": "Week"}], "column 2 ('Week'): the name occurs twice"),
    ],
)
def test_a_mistake_is_refused_with_its_column(tmp_path: Path, columns: Any, message: str) -> None:
    assert refusal(tmp_path, columns).startswith(message)


def test_all_mistakes_are_listed_together(tmp_path: Path) -> None:
    assert 2 == len(refusal(tmp_path, [{**WEEK, "type": ""}, {**WEEK, "name": "9"}]).splitlines())


def test_a_key_consists_of_the_table_s_columns(tmp_path: Path) -> None:
    assert "the key names 'store'; the columns are week" == refusal(tmp_path, [WEEK], ("store",))


def test_a_missing_file_is_reported_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(GroundworkError, match=r"absent\.json: cannot be read: No such file"):
        read_table_schema(tmp_path / "absent.json")
