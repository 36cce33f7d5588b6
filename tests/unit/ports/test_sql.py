from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp, parse_one

from groundwork.ports.errors import Absent, Conflict
from groundwork.ports.sql import bind
from groundwork.ports.warehouse import Scalar

TABLES = {"sales": "northwind-ml-dev.raw.sales", "stores": "northwind-ml-dev.raw.stores"}
SALES = "`northwind-ml-dev`.`raw`.`sales`"


def test_a_bare_name_becomes_its_table_under_its_own_name() -> None:
    assert bind("SELECT sales.x FROM sales", TABLES, {}) == f"SELECT sales.x FROM {SALES} AS `sales`"  # noqa: S608  the SQL is the test


def test_an_alias_stays() -> None:
    assert bind("SELECT s.x FROM sales AS s", TABLES, {}) == f"SELECT s.x FROM {SALES} AS s"  # noqa: S608  the SQL is the test


def test_names_are_bound_in_joins_subqueries_and_unions() -> None:
    sql = "SELECT * FROM sales JOIN stores USING (Store) WHERE x IN (SELECT x FROM sales) UNION ALL SELECT * FROM sales"
    assert bind(sql, TABLES, {}).count(SALES) == 3


def test_what_a_with_defines_is_no_table() -> None:
    bound = bind("WITH recent AS (SELECT * FROM sales) SELECT * FROM recent", TABLES, {})
    assert bound == f"WITH recent AS (SELECT * FROM {SALES} AS `sales`) SELECT * FROM recent"  # noqa: S608  the SQL is the test


def test_inside_its_own_definition_a_name_means_the_table() -> None:
    """BigQuery's rule, unless the WITH is recursive."""
    bound = bind("WITH sales AS (SELECT * FROM sales) SELECT * FROM sales", TABLES, {})
    assert bound == f"WITH sales AS (SELECT * FROM {SALES} AS `sales`) SELECT * FROM sales"  # noqa: S608  the SQL is the test


def test_a_recursive_definition_means_itself() -> None:
    sql = "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT * FROM n"
    assert bind(sql, {}, {}) == sql


def test_a_definition_is_unknown_outside_of_its_query() -> None:
    with pytest.raises(Absent):
        bind("(WITH c AS (SELECT 1) SELECT * FROM c) UNION ALL SELECT * FROM c", TABLES, {})


def test_an_unknown_name_is_absent_and_the_error_lists_those_that_are_known() -> None:
    with pytest.raises(Absent) as refused:
        bind("SELECT * FROM sale", TABLES, {})
    assert str(refused.value) == "there is no table `sale` (resource-not-found)\nhint: name one of `sales`, `stores`"


def test_a_full_name_is_allowed_only_if_it_is_among_the_tables() -> None:
    assert "`northwind-ml-dev.raw.sales`" in bind("SELECT * FROM `northwind-ml-dev.raw.sales`", TABLES, {})
    with pytest.raises(Conflict, match=r"names `other-project\.raw\.sales` in full"):
        bind("SELECT * FROM `other-project.raw.sales`", TABLES, {})


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO sales SELECT 1", "DELETE FROM sales WHERE TRUE", "UPDATE sales SET x = 1 WHERE TRUE", "DROP TABLE sales",
        "CREATE TABLE t AS SELECT 1", "MERGE sales USING stores ON TRUE WHEN MATCHED THEN DELETE", "TRUNCATE TABLE sales",
        "SELECT 1; SELECT 2", "SELECT 1; DROP TABLE sales", "WITH x AS (DELETE FROM sales WHERE TRUE) SELECT 1", "CALL p()",
        "EXPORT DATA OPTIONS (uri = 'gs://b/x') AS SELECT 1", "BEGIN TRANSACTION", "SELECT * INTO t FROM sales", "", "-- nothing",
        "SELECT FROM WHERE", "SELECT 'unclosed", "SELECT ?", f"SELECT {'(' * 3000}1{')' * 3000}",
    ],
)  # fmt: skip
def test_everything_but_a_single_select_is_a_conflict(sql: str) -> None:
    with pytest.raises(Conflict):
        bind(sql, TABLES, {})


@pytest.mark.parametrize(
    "source", ["read_csv('/etc/passwd')", "EXTERNAL_QUERY('c', 'SELECT 1')", "ML.PREDICT(MODEL m, TABLE sales)", "'/etc/passwd'"]
)
def test_only_tables_can_be_read(source: str) -> None:
    with pytest.raises((Conflict, Absent)):
        bind(f"SELECT * FROM {source}", TABLES, {})  # noqa: S608  the hostile text is the test


@given(st.text())
def test_a_string_arrives_as_it_was_given_whatever_is_in_it(text: str) -> None:
    if "\0" in text:
        with pytest.raises(Conflict):
            bind("SELECT @value", {}, {"value": text})
        return
    statement = parse_one(bind("SELECT @value", {}, {"value": text}), read="bigquery")
    assert [literal.this for literal in statement.find_all(exp.Literal)] == [text]


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        (3, "CAST('3' AS INT64)"), (-3, "CAST('-3' AS INT64)"), (1.0, "CAST('1.0' AS FLOAT64)"), (True, "TRUE"),
        (date(2012, 1, 6), "CAST('2012-01-06' AS DATE)"), ("it's", r"'it\'s'"), ("\\", r"'\\'"),
    ],
)  # fmt: skip
def test_a_parameter_becomes_a_literal_of_its_type(value: Scalar, literal: str) -> None:
    assert bind("SELECT @value", {}, {"value": value}) == f"SELECT {literal}"


def test_a_limit_takes_a_bare_number() -> None:
    assert bind("SELECT 1 LIMIT @n", {}, {"n": 5}) == "SELECT 1 LIMIT 5"


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 2**63, None, [1], b"x", datetime(2012, 1, 6, tzinfo=UTC), "\0"], ids=repr
)
def test_a_value_that_has_no_literal_is_a_conflict(value: Scalar) -> None:
    with pytest.raises(Conflict, match="cannot be a parameter"):
        bind("SELECT @value", {}, {"value": value})


def test_a_parameter_without_a_value_is_a_conflict() -> None:
    with pytest.raises(Conflict, match="`@horizon`, which has no value"):
        bind("SELECT @horizon", {}, {})


def test_a_value_that_is_not_used_is_a_conflict() -> None:
    with pytest.raises(Conflict, match="does not use the parameters `horizon`"):
        bind("SELECT 1", {}, {"horizon": 1})


def test_comments_are_left_out() -> None:
    assert bind("SELECT 1 -- */ DROP", {}, {}) == "SELECT 1"
