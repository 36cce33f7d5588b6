"""What Google refuses of endpoints, features and registries, the twin refuses too."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.unit.twin.conftest import PROJECT, REGION, Cloud

ENDPOINT, STORE = "aiEndpoint:AiEndpoint", "aiMetadataStore:AiMetadataStore"
GROUP, FEATURE = "aiFeatureGroup:AiFeatureGroup", "aiFeatureGroupFeature:AiFeatureGroupFeature"
ONLINE, REGISTRY = "aiFeatureOnlineStore:AiFeatureOnlineStore", "artifactregistry/repository:Repository"
OLD = {"id": "old", "action": "DELETE", "condition": {"tagState": "UNTAGGED", "olderThan": "86400s"}}
NEWEST = {"id": "newest", "action": "KEEP", "mostRecentVersions": {"keepCount": 5}}


def group(**given: Any) -> dict[str, Any]:
    source = {"bigQuerySource": {"inputUri": f"bq://{PROJECT}.forecasting.sales"}, "entityIdColumns": ["id"]}
    return {"name": "sales", "region": REGION, "bigQuery": source, **given}


def nodes(least: int, most: int) -> dict[str, Any]:
    return {"bigtable": {"autoScaling": {"minNodeCount": least, "maxNodeCount": most}}}


@pytest.fixture
def serving(cloud: Cloud) -> Cloud:
    """Return a project with a table of which features can be made."""
    cloud.enable("aiplatform")
    cloud.make("dataset:Dataset", datasetId="forecasting", location=REGION)
    cloud.make("bigquery/table:Table", datasetId="forecasting", tableId="sales", schema='[{"name": "id", "type": "STRING"}]')
    return cloud


@pytest.mark.parametrize(
    ("resource_type", "given", "why"),
    [
        (ENDPOINT, {"name": "forecasting", "displayName": "f", "location": REGION}, "no valid name"),
        (ENDPOINT, {"name": "0123", "displayName": "f", "location": REGION}, "no valid name"),
        (ENDPOINT, {"name": "1", "displayName": "f" * 129, "location": REGION}, "129 characters, of 128"),
        (STORE, {"name": "my-store", "region": REGION}, "no valid name"),
        (GROUP, group(bigQuery={"bigQuerySource": {"inputUri": "p.d.t"}}), "not written as bq://"),
        (ONLINE, {"name": "features", "region": REGION, **nodes(2, 1)}, "not below it"),
        (ONLINE, {"name": "features", "region": REGION, "bigtable": {}}, "at least 1"),
    ],
)
def test_what_google_would_refuse_is_refused(bare: Cloud, resource_type: str, given: dict[str, Any], why: str) -> None:
    (fault,) = bare.faults(resource_type, **given)
    assert re.search(why, fault), fault


def test_features_are_of_a_table_that_is_there(serving: Cloud) -> None:
    elsewhere = {"bigQuerySource": {"inputUri": f"bq://{PROJECT}.forecasting.nothing"}}
    assert "forecasting.nothing does not exist" in serving.refused(GROUP, **group(bigQuery=elsewhere))


def test_a_feature_is_of_a_group_that_is_there_and_the_group_stays_as_long(serving: Cloud) -> None:
    feature = {"name": "id", "featureGroup": "sales", "region": REGION}
    assert "feature group sales does not exist" in serving.refused(FEATURE, **feature)
    made = serving.make(GROUP, **group())
    inside = serving.make(FEATURE, **feature)

    with pytest.raises(Exception, match="feature group sales has the feature id"):
        serving.delete(GROUP, made)
    serving.delete(FEATURE, inside)
    serving.delete(GROUP, made)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"cleanupPolicies": [OLD, {**NEWEST, "id": "old"}]}, "two policies `old`"),
        ({"cleanupPolicies": [{**NEWEST, "action": "DELETE"}]}, "those can be kept only"),
        ({"cleanupPolicies": [{**OLD, **NEWEST}]}, "and only one"),
        ({"cleanupPolicies": [{**OLD, "condition": {"olderThan": "a month"}}]}, "an age of `a month`"),
        ({"cleanupPolicies": [{**OLD, "action": "ARCHIVE"}]}, "DELETE or KEEP"),
        ({"format": "KFP", "dockerConfig": {"immutableTags": True}}, "repositories of images, not of KFP"),
    ],
)
def test_a_registry_that_google_would_refuse_is_refused(bare: Cloud, given: dict[str, Any], why: str) -> None:
    (fault,) = bare.faults(REGISTRY, **{"repositoryId": "images", "format": "DOCKER", "location": REGION, **given})
    assert re.search(why, fault), fault


def test_a_registry_keeps_the_newest_and_deletes_old_ones(cloud: Cloud) -> None:
    made = cloud.make(REGISTRY, repositoryId="images", format="DOCKER", location=REGION, cleanupPolicies=[OLD, NEWEST])
    assert made.endswith("/repositories/images")
