"""BigQuery's views: checks one, lists its tables, and looks up the datasets on which it is authorised.

An authorised view reads a dataset's tables for every caller; any other view reads them with the rights of the caller:
https://cloud.google.com/bigquery/docs/authorized-views.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from groundwork.ports.errors import PortError
from groundwork.twin.core.resource_type import Fault, Properties, known
from groundwork.twin.core.store import Refused, Store

DATASET = "gcp:bigquery/dataset:Dataset"
TABLE = "gcp:bigquery/table:Table"
ACCESS = "gcp:bigquery/datasetAccess:DatasetAccess"

NOT_OF_A_VIEW = frozenset({"clusterings", "requirePartitionFilter", "schema", "tableConstraints", "timePartitioning"})
"""Properties that BigQuery takes from a view's query or refuses of a view; the twin refuses all of them by name."""

Names = tuple[str, str]
"""Project and dataset."""


def is_view(inputs: Properties) -> bool:
    """Return whether a table's inputs declare a view."""
    return inputs.get("view") is not None


def view_faults(inputs: Properties) -> Iterator[Fault]:
    """Yield reasons for which BigQuery would refuse a view without looking at other resources."""
    for name in sorted(NOT_OF_A_VIEW.intersection(inputs)):
        yield Fault(name, f"a view has no `{name}`: its columns are those of its query")
    view = inputs["view"]
    if not known(view):
        return
    if strangers := sorted(set(view) - {"query", "useLegacySql"}):
        yield Fault("view", f"the twin does not know {', '.join(strangers)} of a view")
    if view.get("useLegacySql") is not False:
        yield Fault("view", "the twin does not know legacy SQL, which is BigQuery's default; write `use_legacy_sql=False`")
    try:
        names_in(view.get("query") or "")
    except PortError as error:
        yield Fault("view", f"the query is none of a view: {error.message}")


def names_in(query: str) -> list[tuple[str, str, str]]:
    """Return project, dataset and table of everything that a view's query reads; raises Conflict unless all are named in full."""
    from groundwork.ports.sql import full_name, named_tables, parse  # noqa: PLC0415  slow to load
    from groundwork.ports.warehouse import split_name  # noqa: PLC0415  beside it

    return sorted({split_name(full_name(table)) for table in named_tables(parse(query))})


def check_view(store: Store, inputs: Properties) -> None:
    """Refuse a view of a table that does not exist, as BigQuery does when a view is made or changed."""
    for project, dataset, table in names_in(inputs["view"]["query"]):
        row = store.get(TABLE, f"projects/{project}/datasets/{dataset}/tables/{table}")
        if row is None or not row.ready:
            way_out = "make it in the same program, and let the view depend on it"
            raise Refused(f"view {inputs['tableId']} reads `{project}.{dataset}.{table}`, which does not exist", way_out)


def authorised(store: Store, view: tuple[str, str, str], dataset: Names) -> bool:
    """Return whether a view, or every view of its dataset, may read a dataset's tables for every caller."""
    return any(
        (access["project"], access["datasetId"]) == dataset and view in _views_of(access, view) for _, access in store.all(ACCESS)
    )


def forget_authorisations(
    store: Store, *, view: tuple[str, str, str] | None = None, dataset: Names | None = None, on: Names | None = None
) -> None:
    """Remove a view's authorisations (it loses them when it is deleted or changed), or all that concern a dataset.

    With `on`, remove only the authorisations of views on a dataset, and keep the roles of identities.
    """
    for id_, access in store.all(ACCESS, unfinished=True):
        whom, where = subject(access), (access["project"], access["datasetId"])
        if (view and whom == view) or (dataset and dataset in {where, whom[:2]}) or (on == where and whom):
            store.forget(ACCESS, id_)


def subject(access: Properties) -> tuple[str, ...]:
    """Return the subject of an entry: project, dataset and table of a view, or project and dataset; () for an identity."""
    if view := access.get("view"):
        return (view["projectId"], view["datasetId"], view["tableId"])
    if access.get("authorizedDataset") is None:
        return ()
    dataset: Any = access["authorizedDataset"]["dataset"]
    return (dataset["projectId"], dataset["datasetId"])


def _views_of(access: Properties, view: tuple[str, str, str]) -> set[tuple[str, ...]]:
    whom = subject(access)
    return {view} if whom in {view, view[:2]} else set()
