"""A program on Pulumi's mocks is answered, and refused, by the same classes as on the twin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi_gcp as gcp
import pytest

from groundwork.twin import lifecycle
from groundwork.twin.registry import RESOURCE_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Graph

BUCKET = "gcp:storage/bucket:Bucket"


def bucket(**given: Any) -> Callable[[], object]:
    return lambda: gcp.storage.Bucket("raw", **{"name": "northwind-raw", "location": "europe-west2", **given})


def test_what_a_program_is_answered_is_what_the_twin_would_answer(graph: Callable[..., Graph]) -> None:
    built = graph(bucket(), config={"gcp:project": "northwind-ml-prod"}).values[f"{BUCKET}::raw"]

    resource_type = RESOURCE_TYPES[BUCKET]
    given = lifecycle.completed(resource_type, {"name": "northwind-raw", "location": "europe-west2"}, "northwind-ml-prod")
    expected = lifecycle.state(resource_type, resource_type.id(given), given)
    assert expected == {name: built[name] for name in expected}
    assert built["url"] == "gs://northwind-raw"


@pytest.mark.parametrize(
    ("program", "why"),
    [
        (bucket(name=None), "`name` is required"),
        (bucket(name="My_Bucket"), "`My_Bucket` is not a valid name"),
        (bucket(requester_pays=True), "the twin does not know `requesterPays`"),
        (bucket(soft_delete_policy={"retention_duration_seconds": 5}), "deleted objects are kept for 0 seconds"),
        (lambda: gcp.sql.DatabaseInstance("db", database_version="POSTGRES_15"), "the twin does not know gcp:sql"),
        (lambda: gcp.projects.get_project(filter="x"), "pass the value in"),
    ],
)
def test_what_google_refuses_for_itself_is_refused_by_name(
    graph: Callable[..., Graph], program: Callable[[], object], why: str
) -> None:
    with pytest.raises(Exception, match=why):
        graph(program)
