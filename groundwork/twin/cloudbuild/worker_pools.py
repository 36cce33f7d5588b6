"""Cloud Build's private pools: a checked record. On the twin builds run here, whatever their pool."""

from __future__ import annotations

from collections.abc import Iterator

from groundwork.twin.compute.networks import NetworkAttachment, require_there
from groundwork.twin.core.resource_type import Fault, Properties, ResourceType, dig
from groundwork.twin.core.store import Refused, Store

WORKER = frozenset({"diskSizeGb", "machineType", "noExternalIp"})
CONNECT = frozenset({"networkAttachment", "routeAllTraffic"})
LARGEST = 1000
"""GB (https://cloud.google.com/build/docs/private-pools/private-pool-config-file-schema#disksizegb)."""


class WorkerPool(ResourceType):
    """Machines of a project's own that its builds run on; the twin knows those that are attached to a subnet."""

    type = "gcp:cloudbuild/workerPool:WorkerPool"
    api = "cloudbuild.googleapis.com"
    required = frozenset({"name", "location", "privateServiceConnect"})
    optional = frozenset({"displayName", "workerConfig"})
    immutable = frozenset({"name", "location", "privateServiceConnect"})

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return f"projects/{given['project']}/locations/{given['location']}/workerPools/{given['name']}"

    def faults(self, given: Properties) -> Iterator[Fault]:
        """Yield what the twin does not know, and disks that are too large."""
        for name, names in (("workerConfig", WORKER), ("privateServiceConnect", CONNECT)):
            inner = given.get(name)
            if isinstance(inner, dict) and (strangers := sorted(set(inner) - names)):
                yield Fault(name, f"the twin does not know {', '.join(strangers)}; it knows {', '.join(sorted(names))}")
        disk = dig(given, "workerConfig.diskSizeGb")
        if isinstance(disk, int | float) and disk > LARGEST:
            yield Fault("workerConfig", f"`diskSizeGb` is {disk:g}: at most {LARGEST}")

    def check(self, store: Store, given: Properties) -> None:
        """Refuse an attachment that is not there, or in another region.

        https://cloud.google.com/build/docs/private-pools/private-pool-config-file-schema.
        """
        name = dig(given, "privateServiceConnect.networkAttachment") or ""
        if require_there(store, NetworkAttachment(), name)["region"] != given["location"]:
            raise Refused(f"{name} is not in {given['location']}", "a pool and its attachment share one region")
