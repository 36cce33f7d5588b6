"""What answers online: metadata, endpoints, features. The diff of an inventory is the infrastructure review."""

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


def endpoint(**given: Any) -> EndpointArgs:
    return EndpointArgs(**{"endpoint": "forecasting", "description": "Answers", "labels": LABELS, "key": KEY, **WHERE, **given})


def features(**given: Any) -> FeatureGroupArgs:
    settings = {"group": "sales", "description": "Sales", "labels": LABELS, "source": "bq://p.d.t", "entity": ["id"]}
    return FeatureGroupArgs(**{**settings, "columns": ["Weekly_Sales", "holiday"], **WHERE, **given})


def online_store(**given: Any) -> OnlineStoreArgs:
    return OnlineStoreArgs(**{"store": "features", "labels": LABELS, **WHERE, **given})


@pytest.mark.parametrize(
    ("refused", "why"),
    [
        (lambda: endpoint(endpoint=""), "1 to 128 characters, not 0"),
        (lambda: features(group="Sales"), "names no feature or group"),
        (lambda: features(columns=["wéekly"]), "names no feature or group"),
        (lambda: features(columns=[]), "at least one feature"),
        (lambda: online_store(store="my-store"), "names no online store"),
        (lambda: online_store(most_nodes=0), "at least 1"),
    ],
)
def test_what_cannot_be_is_refused_at_construction_with_the_way_out(refused: Callable[[], object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        refused()


def test_an_endpoint_s_number_lasts_and_differs_from_the_others() -> None:
    """An interrupted `up` finds the endpoint that it made; Google takes ten digits at most and no zero first."""
    numbers = [endpoint(endpoint=f"forecasting-{which}").number for which in range(200)]

    assert len(set(numbers)) == len(numbers)
    assert [number for number in numbers if not re.fullmatch("[1-9][0-9]{9}", number)] == []
    assert endpoint().number == endpoint(labels={}).number
