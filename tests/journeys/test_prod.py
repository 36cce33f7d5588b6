"""The two environments of the example client, side by side on one twin."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from groundwork.twin.home import Home
from tests.journeys.workplace import Workplace

pytestmark = [pytest.mark.engine]


@pytest.fixture(scope="module")
def place(fresh: Callable[[], Workplace]) -> Workplace:
    made = fresh()
    made.pulumi("up", "--stack", "dev", "--yes", "--skip-preview")
    made.pulumi("up", "--stack", "prod", "--yes", "--skip-preview")
    return made


def test_neither_environment_sees_a_change_in_the_other(place: Workplace) -> None:
    place.pulumi("preview", "--stack", "prod", "--expect-no-changes")
    place.pulumi("refresh", "--stack", "dev", "--yes", "--expect-no-changes")


def test_a_push_fires_one_environment_at_the_most(place: Workplace) -> None:
    """A push to `main` belongs to production, one to `feature/…` to development."""
    triggers = [given for _, given in Home(place.twin).all("gcp:cloudbuild/trigger:Trigger")]
    branches = {
        (given["project"], given["repositoryEventConfig"]["push"]["branch"])
        for given in triggers
        if "push" in given["repositoryEventConfig"]
    }

    assert {("northwind-ml-dev", "^feature/.+$|^release$"), ("northwind-ml-prod", "^main$")} == branches


def test_production_is_not_destroyed_while_its_data_are_protected(place: Workplace) -> None:
    refused = place.pulumi("destroy", "--stack", "prod", "--yes", check=False)

    assert refused.returncode != 0
    assert "deletion" in refused.stdout.lower() + refused.stderr.lower()
    tables = [id_ for id_, _ in Home(place.twin).all("gcp:bigquery/table:Table")]
    assert 4 == len([id_ for id_ in tables if "northwind-ml-prod" in id_])
