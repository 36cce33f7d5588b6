"""Vertex AI: metadata, endpoints, features. The diff of an inventory is the infrastructure review."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from components.endpoint import EndpointArgs
from components.feature_group import FeatureGroupArgs
from components.online_store import OnlineStoreArgs

if TYPE_CHECKING:
    from collections.abc import Callable


WHERE: dict[str, Any] = {"project": "northwind-ml-dev", "region": "europe-west2"}
LABELS = {"client": "northwind"}
KEY = "projects/p/locations/l/keyRings/r/cryptoKeys/k"


def endpoint(**overrides: Any) -> EndpointArgs:
    return EndpointArgs(
        **{"endpoint": "forecasting", "description": "Answers", "labels": LABELS, "key": KEY, **WHERE, **overrides}
    )


def features(**overrides: Any) -> FeatureGroupArgs:
    settings = {"group": "sales", "description": "Sales", "labels": LABELS, "source": "bq://p.d.t", "entity": ["id"]}
    return FeatureGroupArgs(**{**settings, "columns": ["Weekly_Sales", "holiday"], **WHERE, **overrides})


def online_store(**overrides: Any) -> OnlineStoreArgs:
    return OnlineStoreArgs(**{"store": "features", "labels": LABELS, **WHERE, **overrides})


@pytest.mark.parametrize(
    ("refused", "why"),
    [
        (lambda: endpoint(endpoint=""), "endpoint has 0 characters: use 1 to 128"),
        (lambda: features(group="Sales"), "is not a name of a feature or group"),
        (lambda: features(columns=["wéekly"]), "is not a name of a feature or group"),
        (lambda: features(columns=[]), "at least one feature"),
        (lambda: online_store(store="my-store"), "is not a name of an online store"),
        (lambda: online_store(most_nodes=0), "most_nodes is 0: use 1 or more"),
    ],
)
def test_invalid_arguments_are_refused_at_construction_with_a_hint(refused: Callable[[], object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        refused()


def test_an_endpoint_s_number_lasts_and_differs_from_the_others() -> None:
    """The next `up` finds the endpoint of an interrupted one; Google accepts at most ten digits and no leading zero."""
    numbers = [endpoint(endpoint=f"forecasting-{which}").number for which in range(200)]

    assert len(set(numbers)) == len(numbers)
    assert [number for number in numbers if not re.fullmatch("[1-9][0-9]{9}", number)] == []
    assert endpoint().number == endpoint(labels={}).number
