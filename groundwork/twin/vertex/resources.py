"""Vertex AI's metadata store, endpoints and features: checked records. The twin predicts nothing online.

Names and what is fixed: https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.endpoints, and likewise
`metadataStores`, `featureGroups`, `featureGroups.features` and `featureOnlineStores`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from groundwork.twin.bigquery.views import TABLE
from groundwork.twin.core.resource_type import Fault, Properties, ResourceType, dig, known
from groundwork.twin.core.store import Refused, Store

API = "aiplatform.googleapis.com"
SOURCE = re.compile(r"bq://([^.]+)\.([^.]+)\.([^.]+)")
MOST_CHARACTERS = 128


class MetadataStore(ResourceType):
    """Where runs write what they made of what. It cannot be changed, as Google has no call for that."""

    type = "gcp:vertex/aiMetadataStore:AiMetadataStore"
    api = API
    required = frozenset({"name", "region"})
    optional = frozenset({"description", "encryptionSpec"})
    immutable = required | optional
    encrypted_by = "encryptionSpec.kmsKeyName"
    key_agents = ("aiplatform",)

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return f"projects/{given['project']}/locations/{given['region']}/metadataStores/{given['name']}"


class Endpoint(ResourceType):
    """An address for predictions; without a model it has no answer."""

    type = "gcp:vertex/aiEndpoint:AiEndpoint"
    api = API
    required = frozenset({"name", "displayName", "location"})
    optional = frozenset({"description", "encryptionSpec", "labels"})
    immutable = frozenset({"name", "location", "encryptionSpec"})
    encrypted_by = "encryptionSpec.kmsKeyName"
    key_agents = ("aiplatform",)

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return f"projects/{given['project']}/locations/{given['location']}/endpoints/{given['name']}"

    def faults(self, given: Properties) -> Iterator[Fault]:
        """Yield a name that is too long."""
        name = given["displayName"]
        if known(name) and len(name) > MOST_CHARACTERS:
            yield Fault("displayName", f"has {len(name)} characters, of {MOST_CHARACTERS} that Google allows")


class FeatureGroup(ResourceType):
    """A BigQuery table or view whose columns are features.

    https://cloud.google.com/vertex-ai/docs/featurestore/latest/create-featuregroup
    """

    type = "gcp:vertex/aiFeatureGroup:AiFeatureGroup"
    api = API
    required = frozenset({"name", "region", "bigQuery"})
    optional = frozenset({"description", "labels"})
    immutable = frozenset({"name", "region", "bigQuery.bigQuerySource.inputUri"})

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return f"projects/{given['project']}/locations/{given['region']}/featureGroups/{given['name']}"

    def faults(self, given: Properties) -> Iterator[Fault]:
        """Yield a source that is no table."""
        source = dig(given, "bigQuery.bigQuerySource.inputUri")
        if known(source) and not SOURCE.fullmatch(source or ""):
            yield Fault("bigQuery", f"the source `{source}` is not written as bq://project.dataset.table")

    def check(self, store: Store, given: Properties) -> None:
        """Refuse a table that does not exist."""
        source = str(dig(given, "bigQuery.bigQuerySource.inputUri"))
        project, dataset, table = source.removeprefix("bq://").split(".")
        row = store.get(TABLE, f"projects/{project}/datasets/{dataset}/tables/{table}")
        if not row or not row.ready:
            raise Refused(f"{source} does not exist", "create the table or view in the same program, and wait for it")

    def remove(self, store: Store, given: Properties) -> None:
        """Refuse while features are registered, as Google does unless it is forced."""
        inside = (feature for _, feature in store.all(Feature.type) if _group(feature) == self.id(given))
        if feature := next(inside, None):
            raise Refused(f"feature group {given['name']} has the feature {feature['name']}", "remove its features first")


class Feature(ResourceType):
    """One column of a group's source."""

    type = "gcp:vertex/aiFeatureGroupFeature:AiFeatureGroupFeature"
    api = API
    required = frozenset({"name", "region", "featureGroup"})
    optional = frozenset({"description", "labels", "versionColumnName"})
    immutable = frozenset({"name", "region", "featureGroup", "versionColumnName"})

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return f"{_group(given)}/features/{given['name']}"

    def check(self, store: Store, given: Properties) -> None:
        """Refuse a feature of no group."""
        row = store.get(FeatureGroup.type, _group(given))
        if not row or not row.ready:
            raise Refused(
                f"feature group {given['featureGroup']} does not exist in {given['region']}",
                "create it in the same program and take its name from there",
            )


class OnlineStore(ResourceType):
    """Where features are looked up; https://cloud.google.com/vertex-ai/docs/featurestore/latest/create-onlinestore."""

    type = "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore"
    api = API
    required = frozenset({"name", "region", "bigtable"})
    optional = frozenset({"encryptionSpec", "labels"})
    immutable = frozenset({"name", "region", "encryptionSpec"})
    encrypted_by = "encryptionSpec.kmsKeyName"
    key_agents = ("aiplatform",)
    defaults = {"forceDestroy": False}

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return f"projects/{given['project']}/locations/{given['region']}/featureOnlineStores/{given['name']}"

    def faults(self, given: Properties) -> Iterator[Fault]:
        """Yield bounds that leave no size."""
        least, most = (dig(given, f"bigtable.autoScaling.{bound}NodeCount") for bound in ("min", "max"))
        if known([least, most]) and not (least and most and 1 <= least <= most):
            yield Fault("bigtable", "`auto_scaling` has a `min_node_count` of at least 1, and a `max_node_count` not below it")


RESOURCE_TYPES: tuple[ResourceType, ...] = (MetadataStore(), Endpoint(), FeatureGroup(), Feature(), OnlineStore())


def _group(given: Properties) -> str:
    return f"projects/{given['project']}/locations/{given['region']}/featureGroups/{given['featureGroup']}"
