"""Expands views of the twin's warehouse into the tables that they read, and checks the right to read each."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from groundwork.ports.errors import Conflict, Denied
from groundwork.ports.sql import full_name, named_tables, parse
from groundwork.ports.warehouse import split_name
from groundwork.twin.bigquery.duckdb_reader import Source, View
from groundwork.twin.bigquery.tables import TableRef
from groundwork.twin.bigquery.views import authorised
from groundwork.twin.core.store import Store
from groundwork.twin.iam.permissions import require

if TYPE_CHECKING:
    from sqlglot import exp

DEEPEST = 16
"""As on BigQuery: https://cloud.google.com/bigquery/quotas#view_limits."""

_READ = "bigquery.tables.getData"


class Sources:
    """The tables and views that one query reads, under unguessable names, so that no text in the query can mean them."""

    def __init__(self, store: Store, identity: str | None) -> None:
        self._store = store
        self._identity = identity
        self._names: dict[TableRef, str] = {}
        self.found: dict[str, Source | View] = {}
        """By name, each after its own sources."""

    def replace_tables(self, statement: exp.Query) -> None:
        """Replace a statement's tables by the unguessable names; raises Absent, Conflict and Denied."""
        self._replace(statement, ())

    def _replace(self, statement: exp.Query, around: tuple[TableRef, ...]) -> bool:
        """Do so for a statement inside these views; return whether it reads a table that only its view may read."""
        from sqlglot import exp  # noqa: PLC0415  slow to load

        trusted = False
        named = named_tables(statement)
        _rename_definitions(statement, named)
        for table in named:
            project, dataset, short = split_name(full_name(table))
            ref = TableRef(project=project, dataset=dataset, table=short)
            trusted |= self._admit(ref, around)
            if not table.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(short, quoted=True)))
            name = self._names.get(ref) or self._add(ref, around)
            for part, value in (("catalog", None), ("db", None), ("this", exp.to_identifier(name, quoted=True))):
                table.set(part, value)
        return trusted

    def _admit(self, ref: TableRef, around: tuple[TableRef, ...]) -> bool:
        """Return whether only the view around it may read this; raises Denied where that may not either."""
        try:
            require(self._store, self._identity, _READ, ref.within)
        except Denied:
            if not around or not authorised(self._store, around[-1].names, (ref.project, ref.dataset)):
                raise
            return True
        return False

    def _add(self, ref: TableRef, around: tuple[TableRef, ...]) -> str:
        query = ref.view(self._store)
        if query is None:
            source: Source | View = Source(table=ref.declared(self._store), files=tuple(ref.files(self._store)))
        elif len(around) == DEEPEST or ref in around:
            raise Conflict(f"view `{ref.name}` is nested deeper than {DEEPEST} views, or in itself", "let it read tables")
        else:
            statement = parse(query)
            trusted = self._replace(statement, (*around, ref))
            source = View(sql=statement.sql("duckdb", comments=False), materialised=trusted)
        name = self._names[ref] = f"source_{secrets.token_hex(16)}"
        self.found[name] = source
        return name


def _rename_definitions(statement: exp.Query, named: list[exp.Table]) -> None:
    """Give each definition of a WITH a unique name.

    DuckDB looks up an undefined name, such as one that is defined further down, in its own catalogue.
    """
    from sqlglot import exp  # noqa: PLC0415  slow to load

    mark = secrets.token_hex(8)
    for table in [table for table in statement.find_all(exp.Table) if not any(table is other for other in named)]:
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name, quoted=True)))
        table.set("this", exp.to_identifier(f"{table.name}_{mark}", quoted=True))
    for definition in statement.find_all(exp.CTE):
        definition.args["alias"].set("this", exp.to_identifier(f"{definition.alias}_{mark}", quoted=True))
