"""Binds BigQuery SQL of pipelines to tables and parameters in the parsed statement; for every adapter."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from groundwork.ports.errors import Absent, Conflict
from groundwork.ports.warehouse import Scalar, split_name

DIALECT = "bigquery"

_REFUSED = (exp.DML, exp.DDL, exp.Drop, exp.Command, exp.Into, exp.Lock, exp.SessionParameter, exp.Placeholder)
"""Expressions that a statement that only reads must not contain, or that cannot be bound by name."""

_INT64 = range(-(2**63), 2**63)


def bind(sql: str, tables: Mapping[str, str], parameters: Mapping[str, Scalar]) -> str:
    """Return one SELECT with full table names and literals in place of bare names and `@parameters`.

    Raises Conflict when the text is not a single SELECT, names a table in full that is not among `tables`, or if it does not
    use exactly the parameters; raises Absent for an unknown bare name.
    """
    statement = parse(sql)
    for table in named_tables(statement):
        table.replace(_qualified(table, tables))
    _bind_parameters(statement, parameters)
    return render(statement)


def parse(sql: str) -> exp.Query:
    """Return the parsed statement; raises Conflict unless it is a single SELECT."""
    try:
        statements = [statement for statement in sqlglot.parse(sql, read=DIALECT) if statement is not None]
    except (SqlglotError, RecursionError) as error:
        raise Conflict(f"the SQL does not parse: {_first_line(error)}", "write one SELECT in BigQuery's dialect") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise Conflict(
            f"expected a single SELECT, got {_kinds(statements)}", "write one SELECT; use `append` and `retract` to change rows"
        )
    statement = statements[0]
    for node in statement.find_all(*_REFUSED):
        raise Conflict(f"a query must not contain `{node.sql(DIALECT)}`", "write one SELECT, and pass values as `@name`")
    return statement


def render(statement: exp.Query) -> str:
    """Return a statement as BigQuery's SQL, without its comments."""
    return statement.sql(DIALECT, comments=False)


def named_tables(statement: exp.Query) -> list[exp.Table]:
    """Return every table reference except names of a WITH; raises Conflict for a function in its place."""
    found = []
    for table in statement.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            raise Conflict(f"`{table.sql(DIALECT)}` is not a table", "read tables that `tables` names")
        if table.db or not _is_defined(table):
            found.append(table)
    return found


def full_name(table: exp.Table) -> str:
    """Return the written name, its parts joined by dots."""
    return ".".join(part.name for part in table.parts)


def _is_defined(table: exp.Table) -> bool:
    """Return whether a bare name refers to a definition of an enclosing WITH; inside the WITH, only to an earlier one."""
    node: exp.Expr = table
    within: exp.Expr | None = None
    while node.parent is not None:
        within, node = (node if isinstance(node, exp.CTE) else within), node.parent
        clause = node.args.get("with_") if isinstance(node, exp.Query) else None
        if clause is None:
            continue
        inside = within if within is not None and within.parent is clause else None
        visible = clause.expressions if inside is None or clause.recursive else clause.expressions[: inside.index]
        if any(cte.alias.casefold() == table.name.casefold() for cte in visible):
            return True
    return False


def _qualified(table: exp.Table, tables: Mapping[str, str]) -> exp.Table:
    """Return the table of a name, under the alias by which the statement's columns may call it."""
    name = full_name(table)
    if table.db:
        if name not in tables.values():
            raise Conflict(
                f"the SQL names `{name}` in full", "give it a bare name in `tables`, so that the query works in every environment"
            )
        target = name
    elif name in tables:
        target = tables[name]
    else:
        raise Absent(f"there is no table `{name}`", f"name one of {_list(tables)}")
    bound: exp.Table = table.copy()
    project, dataset, short = (exp.to_identifier(part, quoted=True) for part in split_name(target))
    bound.set("catalog", project)
    bound.set("db", dataset)
    bound.set("this", short)
    if not bound.alias:
        bound.set("alias", exp.TableAlias(this=exp.to_identifier(table.name, quoted=True)))
    return bound


def _bind_parameters(statement: exp.Query, parameters: Mapping[str, Scalar]) -> None:
    found = list(statement.find_all(exp.Parameter))
    used = {parameter.name for parameter in found}
    if missing := used - parameters.keys():
        raise Conflict(
            f"the query uses {_list(f'@{name}' for name in missing)}, which has no value", "give every parameter a value"
        )
    if extra := parameters.keys() - used:
        raise Conflict(f"the query does not use the parameters {_list(extra)}", "leave it out, or use it as `@name`")
    for parameter in found:
        literal = _literal(parameter.name, parameters[parameter.name])
        counts = isinstance(parameter.parent, exp.Limit | exp.Offset)  # BigQuery takes a bare number there, no expression
        parameter.replace(exp.Literal.number(literal.this.name) if counts and isinstance(literal, exp.Cast) else literal)


def _literal(name: str, value: Scalar) -> exp.Expr:
    """Return a literal of the type that BigQuery's own client would give the parameter."""
    match value:
        case bool():
            return exp.Boolean(this=value)
        case int() if value in _INT64:
            return exp.cast(exp.Literal.string(str(int(value))), "bigint")
        case float() if math.isfinite(value):
            return exp.cast(exp.Literal.string(repr(float(value))), "double")
        case str() if "\0" not in value:
            return exp.Literal.string(str(value))
        case date() if not isinstance(value, datetime):
            return exp.cast(exp.Literal.string(value.isoformat()), "date")
    raise Conflict(
        f"parameter `{name}` is {value!r}, a {type(value).__name__} that cannot be a parameter",
        "give a str, a finite float, an int of 64 bits, a bool or a date",
    )


def _kinds(statements: Iterable[exp.Expr]) -> str:
    return ", ".join(type(statement).__name__.upper() for statement in statements) or "nothing"


def _list(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names)) or "nothing"


def _first_line(error: BaseException) -> str:
    return str(error).split("\n", 1)[0].rstrip(".") or type(error).__name__
