"""A view that is authorised stays so, whatever becomes of its query."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from groundwork.twin.bigquery.views import authorised

if TYPE_CHECKING:
    from tests.integration.engine.conftest import Engine

pytestmark = [pytest.mark.engine]

PROGRAM = """
    import pulumi
    import pulumi_gcp as gcp

    from components.dataset import Dataset, DatasetArgs
    from components.services import Services, ServicesArgs
    from groundwork.google.table_schema import TableSchema

    where = {"project": "northwind-ml-dev", "location": "europe-west2", "labels": {}, "protect": False}
    first = Services("apis", ServicesArgs(project="northwind-ml-dev", services=["bigquery"])).before("bigquery")
    sales = TableSchema(columns=({"name": "week", "type": "DATE"}, {"name": "batch", "type": "STRING", "mode": "REQUIRED"}))
    raw = Dataset("raw", DatasetArgs(dataset="raw", description="Raw", tables={"sales": sales}, **where), first)
    query = raw.dataset.apply(lambda raw: f"SELECT * FROM `northwind-ml-dev.{raw}.sales` WHERE week < '@DAY@'")
    training_views = DatasetArgs(
        dataset="training_views", description="Training views", tables={}, views={"sales": query}, views_of={"raw": raw.dataset},
        **where
    )
    Dataset("training_views", training_views, first)
"""


def test_a_view_whose_query_changes_may_still_read_what_it_is_of(engine: Engine) -> None:
    """BigQuery forgets what a view was authorised for when it is changed; the entry in the list would look as if it stood."""
    view = ("northwind-ml-dev", "training_views", "sales")
    engine.program(PROGRAM.replace("@DAY@", "2012-01-06"))
    engine.up()
    assert authorised(engine.store, view, ("northwind-ml-dev", "raw"))

    engine.program(PROGRAM.replace("@DAY@", "2012-08-03"))
    engine.up()
    assert authorised(engine.store, view, ("northwind-ml-dev", "raw"))
    row = engine.store.get("gcp:bigquery/table:Table", "projects/northwind-ml-dev/datasets/training_views/tables/sales")
    assert row
    assert "2012-08-03" in row.inputs["view"]["query"]
    engine.ok("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    engine.ok("preview", "--expect-no-changes")
    engine.ok("destroy", "--yes", "--skip-preview")
