"""What every `Warehouse` does."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from groundwork.ports.errors import Absent, Conflict, Denied
from groundwork.ports.warehouse import Column, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from groundwork.ports.warehouse import Warehouse
    from tests.contract.conftest import World

SALES = {"series": "STRING!", "week": "DATE!", "sales": "FLOAT!", "discount": "FLOAT", "units": "INTEGER", "holiday": "BOOLEAN"}


def rows(**changes: list[Any]) -> pd.DataFrame:
    plain: dict[str, list[Any]] = {
        "series": ["1_1", "1_2"], "week": [date(2012, 1, 6), date(2012, 1, 13)], "sales": [1.5, 2.0], "discount": [None, 0.5],
        "units": [3, None], "holiday": [True, False],
    }  # fmt: skip
    return pd.DataFrame({**plain, **changes})


@pytest.fixture
def table(world: World) -> str:
    return world.make_table("raw.sales", SALES, key=["series", "week"])


def test_a_table_is_described_as_it_is_declared(world: World, table: str) -> None:
    described = world.platform().warehouse.describe(table)
    assert described == Table(
        columns=(
            Column(name="series", type="STRING", required=True),
            Column(name="week", type="DATE", required=True),
            Column(name="sales", type="FLOAT", required=True),
            Column(name="discount", type="FLOAT", required=False),
            Column(name="units", type="INTEGER", required=False),
            Column(name="holiday", type="BOOLEAN", required=False),
            Column(name="batch", type="STRING", required=True),
        ),
        key=("series", "week"),
    )


def test_a_dataset_names_its_tables(world: World, table: str) -> None:
    other = world.make_table("raw.holidays", {"day": "DATE!"})
    world.make_table("forecasting.forecasts", {"week": "DATE!"})
    assert world.platform().warehouse.tables(f"{world.project}.raw") == [other, table]


def test_rows_come_back_as_they_were_appended(world: World, table: str) -> None:
    warehouse = world.platform().warehouse
    warehouse.append(table, rows(), batch="january")
    found = warehouse.query("SELECT * FROM sales ORDER BY series", tables={"sales": table})
    assert found.astype(object).mask(found.isna(), other=None).to_dict("records") == [
        {"series": "1_1", "week": pd.Timestamp(2012, 1, 6), "sales": 1.5, "discount": None, "units": 3, "holiday": True,
         "batch": "january"},
        {"series": "1_2", "week": pd.Timestamp(2012, 1, 13), "sales": 2.0, "discount": 0.5, "units": None, "holiday": False,
         "batch": "january"},
    ]  # fmt: skip


def test_every_type_comes_back(world: World) -> None:
    table = world.make_table("raw.types", {"at": "TIMESTAMP!", "price": "NUMERIC!", "i": "INT64!", "f": "FLOAT64!", "b": "BOOL!"})
    warehouse = world.platform().warehouse
    values = {"at": datetime(2012, 1, 6, 12, tzinfo=UTC), "price": Decimal("12.345678901"), "i": 2**62, "f": -1e300, "b": False}
    warehouse.append(table, pd.DataFrame([values]), batch="one")
    (found,) = warehouse.query("SELECT * EXCEPT (batch) FROM types", tables={"types": table}).to_dict("records")
    assert found == values


def test_an_empty_table_has_its_columns_and_types_and_no_rows(world: World, table: str) -> None:
    found = world.platform().warehouse.query("SELECT * FROM sales", tables={"sales": table})
    assert len(found) == 0
    assert {name: kind.kind for name, kind in found.dtypes.items()} == {
        "series": "O", "week": "M", "sales": "f", "discount": "f", "units": "i", "holiday": "b", "batch": "O",
    }  # fmt: skip


def test_columns_have_the_types_of_google_s_client_with_and_without_null(world: World) -> None:
    """A whole number beside NULL is no floating point: above 2^53 it would be another number."""
    kinds = {"n": "INTEGER", "yes": "BOOLEAN", "x": "FLOAT", "t": "STRING", "price": "NUMERIC", "d": "DATE", "at": "TIMESTAMP"}
    table, warehouse = world.make_table("raw.types", kinds), world.platform().warehouse
    one = {"n": 2**63 - 1, "yes": True, "x": 0.5, "t": "a", "price": Decimal("1.5"), "d": date(2012, 1, 6),
           "at": datetime(2012, 1, 6, tzinfo=UTC)}  # fmt: skip
    warehouse.append(table, pd.DataFrame([one]), batch="one")
    warehouse.append(table, pd.DataFrame([dict.fromkeys(kinds)]), batch="null")
    for condition in ("TRUE", "n IS NULL", "n IS NOT NULL", "FALSE"):
        found = warehouse.query(f"SELECT * EXCEPT (batch) FROM t WHERE {condition} ORDER BY n", tables={"t": table})  # noqa: S608  ours
        types = {name: str(type_).partition("[")[0] for name, type_ in found.dtypes.items()}
        assert types == {"n": "Int64", "yes": "boolean", "x": "float64", "t": "object", "price": "object", "d": "datetime64",
                         "at": "datetime64"}, condition  # fmt: skip
    (last,) = warehouse.query("SELECT MAX(n) AS n FROM t", tables={"t": table})["n"]
    assert last == 2**63 - 1


def test_whole_numbers_that_are_worked_out_are_whole_numbers(world: World, table: str) -> None:
    warehouse = world.platform().warehouse
    warehouse.append(table, rows(), batch="b")
    sql = "SELECT SUM(units) AS s, COUNT(*) AS c, 1 AS one, IF(FALSE, 1, NULL) AS none, EXTRACT(YEAR FROM MAX(week)) AS y FROM t"
    found = warehouse.query(sql, tables={"t": table})
    assert {str(type_) for type_ in found.dtypes} == {"Int64"}
    assert found.astype(object).mask(found.isna(), other=None).to_dict("records") == [
        {"s": 3, "c": 2, "one": 1, "none": None, "y": 2012}
    ]
    with pytest.raises(Conflict, match="out of bounds"):
        warehouse.query("SELECT SUM(n) FROM (SELECT 9223372036854775807 AS n UNION ALL SELECT 1)")


def test_whole_numbers_beside_null_are_copied_as_they_are(world: World, table: str) -> None:
    other, warehouse = world.make_table("archive.sales", SALES), world.platform().warehouse
    warehouse.append(table, rows(units=[2**53 + 1, pd.NA]), batch="b")
    warehouse.append(other, warehouse.query("SELECT * EXCEPT (batch) FROM t", tables={"t": table}), batch="b")
    found = warehouse.query("SELECT units FROM t ORDER BY units DESC", tables={"t": other})["units"]
    assert (found[0], found.isna().tolist()) == (2**53 + 1, [False, True])


def test_a_query_takes_its_values_as_parameters_whatever_is_in_them(world: World, table: str) -> None:
    hostile = "x' OR TRUE; DROP TABLE sales; -- \\' \" ` \n \u2028 é {} @n"
    warehouse = world.platform().warehouse
    warehouse.append(table, rows(series=[hostile, "plain"]), batch="b")
    sql = "SELECT series, @series AS given, @n + 1 AS n, @d AS d FROM sales WHERE series = @series AND week >= @d LIMIT @n"
    found = warehouse.query(sql, tables={"sales": table}, parameters={"series": hostile, "n": 5, "d": date(2012, 1, 1)})
    assert found.to_dict("records") == [{"series": hostile, "given": hostile, "n": 6, "d": pd.Timestamp(2012, 1, 1)}]


def test_bigquerys_words_work(world: World, table: str) -> None:
    """Windows, QUALIFY, SAFE_DIVIDE, DATE_TRUNC of weeks, COUNTIF and EXCEPT are what pipelines use."""
    warehouse = world.platform().warehouse
    warehouse.append(table, rows(), batch="b")
    sql = """
        SELECT DATE_TRUNC(week, WEEK(MONDAY)) AS monday, SAFE_DIVIDE(sales, 0) AS none, COUNTIF(holiday) OVER () AS holidays
        FROM (SELECT * EXCEPT (batch) FROM sales) QUALIFY ROW_NUMBER() OVER (ORDER BY week DESC) = 1
    """
    (found,) = warehouse.query(sql, tables={"sales": table}).to_dict("records")
    assert (found["monday"], found["holidays"]) == (pd.Timestamp(2012, 1, 9), 1)
    assert pd.isna(found["none"])


def test_two_names_may_stand_for_tables_of_one_name(world: World, table: str) -> None:
    other = world.make_table("archive.sales", {"n": "INTEGER!"})
    warehouse = world.platform().warehouse
    warehouse.append(other, pd.DataFrame({"n": [7]}), batch="b")
    found = warehouse.query(
        "SELECT COUNT(s.series) AS c, MAX(a.n) AS n FROM a LEFT JOIN s ON TRUE", tables={"s": table, "a": other}
    )
    assert found.to_dict("records") == [{"c": 0, "n": 7}]


@pytest.mark.parametrize(
    "sql", ["DELETE FROM sales WHERE TRUE", "SELECT nothing FROM sales", "SELECT", "SELECT 1; SELECT 2", "SELECT 'x' + 1"]
)
def test_a_query_that_cannot_run_is_a_conflict(world: World, table: str, sql: str) -> None:
    with pytest.raises(Conflict):
        world.platform().warehouse.query(sql, tables={"sales": table})


def test_a_table_that_is_not_there_is_absent_everywhere(world: World, table: str) -> None:
    warehouse = world.platform().warehouse
    gone = f"{world.project}.raw.gone"
    asks: list[Callable[[], object]] = [
        lambda: warehouse.query("SELECT * FROM gone", tables={"gone": gone}),
        lambda: warehouse.query("SELECT * FROM gone", tables={"sales": table}),
        lambda: warehouse.describe(gone),
        lambda: warehouse.append(gone, rows(), batch="b"),
        lambda: warehouse.batches(gone),
        lambda: warehouse.retract(gone, batch="b"),
        lambda: warehouse.tables(f"{world.project}.gone"),
    ]
    for ask in asks:
        with pytest.raises(Absent, match="gone"):
            ask()


@pytest.mark.parametrize("name", ["sales", "raw.sales", "p.raw.sales.x", "../x.raw.sales", "p.raw.sa/les", ""])
def test_a_name_that_is_none_is_a_conflict(world: World, name: str) -> None:
    with pytest.raises(Conflict, match="is not a name of a table"):
        world.platform().warehouse.describe(name)


def test_a_batch_is_stored_once(world: World, table: str) -> None:
    warehouse = world.platform().warehouse
    warehouse.append(table, rows(), batch="b")
    warehouse.append(table, rows(sales=[9.0, 9.0]), batch="b")
    found = warehouse.query("SELECT SUM(sales) AS sales FROM sales", tables={"sales": table})
    assert found["sales"].tolist() == [3.5]


def test_a_retracted_batch_is_gone_and_the_others_stay(world: World, table: str) -> None:
    warehouse = world.platform().warehouse
    for batch in ("b", "a"):
        warehouse.append(table, rows(), batch=batch)
    assert warehouse.batches(table) == ["a", "b"]
    warehouse.retract(table, batch="a")
    warehouse.retract(table, batch="a")
    assert warehouse.batches(table) == ["b"]
    assert warehouse.query("SELECT DISTINCT batch FROM sales", tables={"sales": table})["batch"].tolist() == ["b"]


@pytest.mark.parametrize("batch", ["", ".", "..", "../x", "a/b", ".hidden", "a b", "x'; --", "ü", "x" * 129, "a\n"])
def test_a_batch_that_could_not_be_named_everywhere_is_a_conflict(world: World, table: str, batch: str) -> None:
    warehouse = world.platform().warehouse
    asks: list[Callable[[], object]] = [
        lambda: warehouse.append(table, rows(), batch=batch),
        lambda: warehouse.retract(table, batch=batch),
    ]
    for ask in asks:
        with pytest.raises(Conflict, match="cannot name a batch"):
            ask()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sales": ["1.5", "much"]}, "column `sales`, row 1: '1.5' is not of the type FLOAT"),
        ({"sales": [1.5, float("inf")]}, "column `sales`, row 2: inf is not of the type FLOAT"),
        ({"sales": [1.5, float("nan")]}, "column `sales`, row 2: has no value, and one is required"),
        ({"series": ["1_1", None]}, "column `series`, row 2: has no value, and one is required"),
        ({"series": ["1_1", 3]}, "column `series`, row 2: 3 is not of the type STRING"),
        ({"units": [1.0, 1.5]}, "column `units`, row 2: .*1.5.* is not of the type INTEGER"),
        ({"units": [1.0, 2.0**53 + 2]}, "column `units`, row 2: .* is not of the type INTEGER"),
        ({"units": [1, 2**63]}, "column `units`, row 2: .* is not of the type INTEGER"),
        ({"units": [True, False]}, "column `units`, row 1: .*True.* is not of the type INTEGER"),
        ({"week": [date(2012, 1, 6), datetime(2012, 1, 6, 5)]}, "column `week`, row 2: .* is not of the type DATE"),  # noqa: DTZ001  timezone-naive on purpose
        ({"week": ["2012-01-06", "2012-01-13"]}, "column `week`, row 1: '2012-01-06' is not of the type DATE"),
        ({"holiday": ["yes", "no"]}, "column `holiday`, row 1: 'yes' is not of the type BOOLEAN"),
        ({"batch": ["mine", "mine"]}, "not declared `batch`"),
        ({"more": [1, 2]}, "not declared `more`"),
    ],
    ids=str,
)
def test_rows_that_do_not_fit_are_a_conflict_that_says_where_and_nothing_is_stored(
    world: World, table: str, changes: dict[str, list[Any]], said: str
) -> None:
    warehouse = world.platform().warehouse
    with pytest.raises(Conflict, match=said):
        warehouse.append(table, rows(**changes), batch="b")
    assert warehouse.batches(table) == []


def test_a_missing_column_is_a_conflict(world: World, table: str) -> None:
    with pytest.raises(Conflict, match="missing `units`, `holiday`"):
        world.platform().warehouse.append(table, rows().drop(columns=["units", "holiday"]), batch="b")


def exported(warehouse: Warehouse, table: str, batch: str, *, most: int = 10, size: int = 10_000) -> pd.DataFrame:
    return pd.read_parquet(io.BytesIO(warehouse.export(table, batch=batch, rows=most, size=size)), dtype_backend="pyarrow")


def test_a_batch_is_exported_as_it_was_appended_and_appends_again(world: World, table: str) -> None:
    warehouse = world.platform().warehouse
    warehouse.append(table, rows(), batch="january")
    warehouse.append(table, rows(series=["2_1", "2_2"]), batch="other")
    found = exported(warehouse, table, "january")
    assert (list(found), found["series"].tolist()) == (list(SALES), ["1_1", "1_2"])
    other = world.make_table("forecasting.copy", SALES)
    warehouse.append(other, found, batch="january")
    pd.testing.assert_frame_equal(found, exported(warehouse, other, "january"))


def test_an_absent_batch_is_exported_empty_and_an_absent_table_is_absent(world: World, table: str) -> None:
    warehouse = world.platform().warehouse
    found = exported(warehouse, table, "never")
    assert (list(found), len(found)) == (list(SALES), 0)
    with pytest.raises(Absent):
        warehouse.export(f"{world.project}.raw.gone", batch="b", rows=1, size=1_000)


def test_what_is_larger_than_asked_for_is_not_exported(world: World, table: str) -> None:
    warehouse = world.platform().warehouse
    warehouse.append(table, rows(), batch="b")
    with pytest.raises(Conflict, match="larger than 1 rows"):
        exported(warehouse, table, "b", most=1)
    with pytest.raises(Conflict, match="larger than 20 bytes"):
        exported(warehouse, table, "b", size=20)


def test_a_text_that_repeats_counts_as_often_as_it_is_there(world: World) -> None:
    """It is stored once, and would be in memory a thousand times."""
    table = world.make_table("raw.texts", {"text": "STRING"})
    warehouse = world.platform().warehouse
    warehouse.append(table, pd.DataFrame({"text": ["x" * 10_000, None] * 1_000}), batch="b")
    with pytest.raises(Conflict, match="larger than 1,000,000 bytes"):
        exported(warehouse, table, "b", most=2_000, size=1_000_000)
    assert 2_000 == len(exported(warehouse, table, "b", most=2_000, size=20_000_000))


def test_a_batch_is_given_in_parts_and_is_whole_or_not_at_all(world: World, table: str) -> None:
    warehouse = world.platform().warehouse
    good, bad = rows(), rows(units=["x", None])
    with pytest.raises(Conflict, match="column `units`, row 3: 'x' is not of the type INTEGER"):
        warehouse.append(table, iter([good, bad]), batch="b")
    assert warehouse.batches(table) == []
    warehouse.append(table, iter([good, good.head(0), rows(series=["2_1", "2_2"])]), batch="b")
    found = warehouse.query("SELECT series FROM sales ORDER BY series", tables={"sales": table})
    assert found["series"].tolist() == ["1_1", "1_2", "2_1", "2_2"]


def test_no_rows_are_a_conflict(world: World, table: str) -> None:
    with pytest.raises(Conflict, match="no rows"):
        world.platform().warehouse.append(table, rows().head(0), batch="b")


def test_an_identity_without_a_grant_is_denied_everything(world: World, table: str) -> None:
    world.platform().warehouse.append(table, rows(), batch="b")
    nobody = world.make_account("nobody-here")
    warehouse = world.platform(nobody).warehouse
    asks: list[Callable[[], object]] = [
        lambda: warehouse.query("SELECT 1 AS one"),
        lambda: warehouse.query("SELECT * FROM sales", tables={"sales": table}),
        lambda: warehouse.describe(table),
        lambda: warehouse.tables(f"{world.project}.raw"),
        lambda: warehouse.append(table, rows(), batch="c"),
        lambda: warehouse.batches(table),
        lambda: warehouse.retract(table, batch="b"),
        lambda: exported(warehouse, table, "b"),
    ]
    for ask in asks:
        with pytest.raises(Denied, match=nobody):
            ask()
    assert world.platform().warehouse.batches(table) == ["b"]


def test_a_reader_reads_its_dataset_and_writes_nothing(world: World, table: str) -> None:
    other = world.make_table("forecasting.forecasts", {"week": "DATE!"})
    grants = {
        "roles/bigquery.jobUser": f"projects/{world.project}",
        "roles/bigquery.dataViewer": f"projects/{world.project}/datasets/raw",
    }
    warehouse = world.platform(world.make_account("reader-of-raw", grants)).warehouse
    assert warehouse.query("SELECT COUNT(*) AS n FROM sales", tables={"sales": table})["n"].tolist() == [0]
    with pytest.raises(Denied, match=r"bigquery\.tables\.updateData on projects/northwind-ml-dev/datasets/raw"):
        warehouse.append(table, rows(), batch="b")
    with pytest.raises(Denied, match=r"bigquery\.tables\.getData on projects/northwind-ml-dev/datasets/forecasting"):
        warehouse.query("SELECT * FROM sales, forecasts", tables={"sales": table, "forecasts": other})


def test_an_editor_appends_and_retracts(world: World, table: str) -> None:
    grants = {
        "roles/bigquery.jobUser": f"projects/{world.project}",
        "roles/bigquery.dataEditor": f"projects/{world.project}/datasets/raw",
    }
    warehouse = world.platform(world.make_account("editor-of-raw", grants)).warehouse
    warehouse.append(table, rows(), batch="b")
    warehouse.retract(table, batch="b")
    assert warehouse.batches(table) == []
