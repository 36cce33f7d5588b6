"""The complete permissions of each group of people in the shipped environments."""

from __future__ import annotations

import functools
import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tools.graph import member_of

if TYPE_CHECKING:
    from tests.conftest import Graph

ROOT = Path(__file__).parents[3]
Configuration = Callable[[str], dict[str, str]]
ON = ("datasetId", "bucket", "serviceAccountId", "topic")
SCIENTISTS, ENGINEERS = "group:scientists@northwind.example", "group:platform-engineers@northwind.example"
REVIEWERS, AUDITORS = "group:reviewers@northwind.example", "group:auditors@northwind.example"
PUBLISHES = "roles/pubsub.publisher"
LOGS = {("roles/logging.privateLogViewer", None)}


@pytest.fixture(scope="module")
def environment(graph: Callable[..., Graph], configuration: Configuration) -> Callable[[str], Graph]:
    """Return a function that runs the program for a stack, once."""
    return functools.cache(lambda stack: graph(program, stack, configuration(stack)))


def program() -> None:
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")


def granted(built: Graph) -> dict[str, set[tuple[str, str | None]]]:
    """Return the roles of people by member, each with its resource; None is the project."""
    roles: dict[str, set[tuple[str, str | None]]] = {}
    for inputs in built.values.values():
        member = member_of(inputs)
        if member.startswith(("group:", "user:")):
            on = next((str(inputs[key]).rpartition("/")[2].partition("@")[0] for key in ON if key in inputs), None)
            roles.setdefault(member, set()).add((inputs["role"], on))
    return roles


def test_in_development_each_group_has_what_it_needs_and_no_more(environment: Callable[[str], Graph]) -> None:
    reads = "roles/bigquery.dataViewer"

    assert {
        SCIENTISTS: {
            ("roles/bigquery.jobUser", None),
            (reads, "training_views"),
            (reads, "forecasting"),
            (reads, "forecasting_scratch"),
        },
        ENGINEERS: {("roles/cloudbuild.builds.viewer", None), ("roles/logging.viewer", None), (PUBLISHES, "reconcile")},
        REVIEWERS: {
            ("roles/storage.objectViewer", "northwind-ml-dev-records"),
            (PUBLISHES, "forecasting-retry"),
            (PUBLISHES, "forecasting-rollback"),
        },
        AUDITORS: {
            *LOGS,
            ("roles/storage.objectViewer", "northwind-ml-dev-ledger"),
            ("roles/storage.objectViewer", "northwind-ml-dev-records"),
        },
        "user:ada@northwind.example": {("roles/iam.serviceAccountUser", "ada-workbench")},
    } == granted(environment("dev"))


def test_in_production_no_person_reads_the_data_and_engineers_approve_updates(
    environment: Callable[[str], Graph],
) -> None:
    viewer, approver = "roles/cloudbuild.builds.viewer", "roles/cloudbuild.builds.approver"

    assert {
        ENGINEERS: {(viewer, None), (approver, None), ("roles/logging.viewer", None), (PUBLISHES, "reconcile")},
        REVIEWERS: {
            ("roles/storage.objectViewer", "northwind-ml-prod-records"),
            (PUBLISHES, "forecasting-retry"),
            (PUBLISHES, "forecasting-rollback"),
        },
        AUDITORS: {
            *LOGS,
            ("roles/storage.objectViewer", "northwind-ml-prod-ledger"),
            ("roles/storage.objectViewer", "northwind-ml-prod-logs"),
            ("roles/storage.objectViewer", "northwind-ml-prod-records"),
        },
    } == granted(environment("prod"))


def changed(graph: Callable[..., Graph], configuration: Configuration, people: dict[str, Any]) -> Graph:
    config = configuration("dev")
    section = json.loads(config["groundwork:environment"])
    section["people"] = people
    return graph(program, "dev", {**config, "groundwork:environment": json.dumps(section)})


@pytest.mark.parametrize(("weeks", "shown", "hidden"), [(12, "training_views", "raw"), (0, "raw", "training_views")])
def test_authors_of_candidates_read_no_more_than_their_candidates(
    graph: Callable[..., Graph], configuration: Configuration, weeks: int, shown: str, hidden: str
) -> None:
    """Otherwise a scientist or a notebook in Workbench could use the holdout in the code."""
    config = configuration("dev")
    section = json.loads(config["groundwork:environment"])
    section["holdout"] = {"weeks": weeks}
    if not weeks:
        del section["deployments"]["forecasting"]["gate"]
    built = graph(program, "dev", {**config, "groundwork:environment": json.dumps(section)})

    read = {(member_of(inputs).partition("@")[0], inputs.get("datasetId")) for inputs in built.values.values()}
    for reader in ("group:scientists", "serviceAccount:ada-workbench"):
        assert {(reader, shown), (reader, "forecasting")} <= read
        assert (reader, hidden) not in read


def test_scientists_of_an_environment_with_closed_data_have_only_their_workbench(
    graph: Callable[..., Graph], configuration: Configuration
) -> None:
    assert {"user:ada@northwind.example"} == set(granted(changed(graph, configuration, {"scientists": [SCIENTISTS]})))


def test_a_member_of_two_groups_is_granted_a_role_once(graph: Callable[..., Graph], configuration: Configuration) -> None:
    """Google stores equal grants once: the deletion of a second resource would also revoke the first."""
    both = changed(graph, configuration, {"engineers": [ENGINEERS], "auditors": [ENGINEERS], "reviewers": ["user:ada@a.example"]})

    grants = [address for address in both.values if "people-platform-engineers@" in address and "IAMMember" in address]
    assert 3 == len(grants)
    assert {
        ("roles/storage.objectViewer", "northwind-ml-dev-records"),
        (PUBLISHES, "forecasting-retry"),
        (PUBLISHES, "forecasting-rollback"),
    } == granted(both)["user:ada@a.example"]


def test_no_person_reads_a_candidate_s_tables(environment: Callable[[str], Graph]) -> None:
    """A candidate's dataset belongs to its own stack, which grants nothing to people; they read its report."""
    assert "people" not in json.dumps(environment("dev").outputs["factory"])
