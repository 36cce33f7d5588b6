"""Cloud Logging: metrics that count lines, and sinks that copy them. Checked records: the twin's logs are files under `logs/`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from groundwork.twin.bigquery.resources import Dataset
from groundwork.twin.core.resource_type import Fault, Properties, ResourceType, known
from groundwork.twin.core.store import Refused, Store
from groundwork.twin.projects.resources import agent
from groundwork.twin.storage.resources import Bucket

LONGEST_FILTER = 20_000
"""Characters: https://cloud.google.com/logging/quotas."""
EXTRACTOR = re.compile(r"(EXTRACT|REGEXP_EXTRACT)\(.+\)")
TO_BUCKET = re.compile(r"storage\.googleapis\.com/(?P<bucket>[^/]+)")
TO_DATASET = re.compile(r"bigquery\.googleapis\.com/(?P<dataset>projects/[^/]+/datasets/[^/]+)")
BUILT_IN = {"_Default", "_Required"}


class Metric(ResourceType):
    """The number of lines that a filter finds.

    Google's provider takes the name alone for its id; here the project is in it, as one twin has several.
    """

    type = "gcp:logging/metric:Metric"
    api = "logging.googleapis.com"
    required = frozenset({"filter", "name"})
    optional = frozenset({"description", "labelExtractors", "metricDescriptor"})
    immutable = frozenset({"name"})
    defaults = {"disabled": False}

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return f"projects/{given['project']}/metrics/{given['name']}"

    def faults(self, given: Properties) -> Iterator[Fault]:
        """Yield labels without an extractor or the other way round, and filters that are too long.

        https://cloud.google.com/logging/docs/reference/v2/rest/v2/projects.metrics
        """
        yield from _too_long(given)
        extractors, descriptor = given.get("labelExtractors") or {}, given.get("metricDescriptor") or {}
        if not known(extractors) or not known(descriptor):
            return
        labels = {label["key"] for label in descriptor.get("labels") or ()}
        if lonely := sorted(labels ^ set(extractors)):
            yield Fault("labelExtractors", f"each label has an extractor and each extractor a label: {', '.join(lonely)} has not")
        for name, extractor in extractors.items():
            if not EXTRACTOR.fullmatch(extractor):
                yield Fault("labelExtractors", f"`{extractor}` of {name} is no EXTRACT(…) or REGEXP_EXTRACT(…)")
        if descriptor and descriptor.get("metricKind") not in {"DELTA", None}:
            yield Fault("metricDescriptor", f"`metricKind` is {descriptor['metricKind']}; a metric of log lines is DELTA")


class ProjectSink(ResourceType):
    """A copy of the lines that a filter finds, written by an account of Google's."""

    type = "gcp:logging/projectSink:ProjectSink"
    api = Metric.api
    required = frozenset({"destination", "name"})
    optional = frozenset({"description", "filter"})
    immutable = frozenset({"name", "uniqueWriterIdentity"})
    defaults = {"disabled": False, "uniqueWriterIdentity": True}
    supported = {"destination": re.compile(f"{TO_BUCKET.pattern}|{TO_DATASET.pattern}")}

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return f"projects/{given['project']}/sinks/{given['name']}"

    def outputs(self, given: Properties) -> Properties:
        """Return who writes: the project's own agent (https://cloud.google.com/logging/docs/export/configure_export_v2)."""
        return {"writerIdentity": f"serviceAccount:{agent(given['project'], self.api)}"}

    def faults(self, given: Properties) -> Iterator[Fault]:
        """Yield the shared account, which the twin does not know, Google's own sinks, and filters that are too long."""
        yield from _too_long(given)
        if given["name"] in BUILT_IN:
            yield Fault("name", f"{given['name']} is Google's own sink; the twin does not know it")
        if given["uniqueWriterIdentity"] is False:
            yield Fault("uniqueWriterIdentity", "the account that all projects share is not known to the twin; leave it true")

    def check(self, store: Store, given: Properties) -> None:
        """Refuse a destination that does not exist."""
        bucket, dataset = TO_BUCKET.fullmatch(given["destination"]), TO_DATASET.fullmatch(given["destination"])
        row = (
            store.get(Bucket.type, bucket["bucket"])
            if bucket
            else store.get(Dataset.type, dataset["dataset"])
            if dataset
            else None
        )
        if not row or not row.ready:
            way_out = "create it in the same program and take its name from there; `groundwork bootstrap` makes the audit log's"
            raise Refused(f"{given['destination']} does not exist", way_out)


def is_writer(store: Store, email: str) -> bool:
    """Return whether this is the account of a sink that has been made."""
    sink = ProjectSink()
    return any(sink.outputs(given)["writerIdentity"] == f"serviceAccount:{email}" for _, given in store.all(sink.type))


def _too_long(given: Mapping[str, Any]) -> Iterator[Fault]:
    if known(given.get("filter")) and len(given.get("filter") or "") > LONGEST_FILTER:
        yield Fault("filter", f"a filter has {LONGEST_FILTER} characters at most")
