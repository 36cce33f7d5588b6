"""Monitoring: alerts, the budget, retained logs. The diff of an inventory is the infrastructure review."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from components.absence_alert import AbsenceAlertArgs
from components.budget import Budget, BudgetArgs
from components.email_channel import EmailChannelArgs
from components.log_alert import LogAlertArgs
from groundwork.twin.projects.resources import number

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Graph

LABELS = {"client": "northwind"}
CHANNELS = {"ada": "projects/northwind-ml-dev/notificationChannels/1"}
WHERE: dict[str, Any] = {"project": "northwind-ml-dev"}


def absence(**overrides: Any) -> AbsenceAlertArgs:
    settings = {"metric": "stored", "line": "a line", "resource": "bigquery_dataset", "days": 8}
    label = {"by": {"dataset": "EXTRACT(resource.labels.dataset_id)"}, "expected": {each: {"dataset": each} for each in "ab"}}
    return AbsenceAlertArgs(**{**settings, **label, "channels": CHANNELS, "labels": LABELS, **WHERE, **overrides})


def budget(**overrides: Any) -> BudgetArgs:
    settings = {"budget": "dev", "billing_account": "01A2B3-C4D5E6-F70809", "amount": 100, "currency": "GBP"}
    return BudgetArgs(**{**settings, "thresholds": [0.5, 1.0], "channels": CHANNELS, **WHERE, **overrides})


def line(**overrides: Any) -> LogAlertArgs:
    return LogAlertArgs(**{"alert": "failed", "line": "ERROR", "channels": CHANNELS, "labels": LABELS, **WHERE, **overrides})


@pytest.mark.parametrize(
    ("refused", "why"),
    [
        (lambda: absence(metric="my-metric"), "is not a metric name"),
        (lambda: absence(days=43), "1 to 30"),
        (lambda: absence(channels={}), "channels is empty"),
        (lambda: budget(channels={str(number): "c" for number in range(6)}), "channels has 6 entries: a budget needs 1 to 5"),
        (lambda: budget(amount=0), "amount is 0: use 1 or more"),
        (lambda: EmailChannelArgs(email="ada", labels=LABELS, **WHERE), "is not an e-mail address"),
        (lambda: line(channels={}), "channels is empty"),
    ],
)
def test_invalid_arguments_are_refused_at_construction_with_a_hint(refused: Callable[[], object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        refused()


def test_a_budget_names_the_project_by_its_number(graph: Callable[..., Graph]) -> None:
    """Google returns numbers, so an id would differ at each refresh."""
    built = graph(lambda: Budget("budget", budget())).values["gcp:billing/budget:Budget::budget"]

    assert [f"projects/{number('northwind-ml-dev')}"] == built["budgetFilter"]["projects"]
