"""Vertex AI Workbench: an instance is a checked record; on the twin its owner's machine is this one."""

from __future__ import annotations

from collections.abc import Iterator

from groundwork.twin.compute.networks import Subnetwork, require_there
from groundwork.twin.core.resource_type import UNKNOWN, Fault, Properties, ResourceType, dig
from groundwork.twin.core.store import Refused, Store
from groundwork.twin.iam.service_accounts import require_account

SETUP = frozenset({
    "bootDisk", "containerImage", "dataDisks", "disablePublicIp", "enableIpForwarding", "machineType", "metadata",
    "networkInterfaces", "serviceAccounts", "shieldedInstanceConfig", "tags", "vmImage",
})  # fmt: skip


class Instance(ResourceType):
    """A data scientist's notebook server."""

    type = "gcp:workbench/instance:Instance"
    api = "notebooks.googleapis.com"
    required = frozenset({"name", "location"})
    optional = frozenset({"gceSetup", "instanceOwners", "labels"})
    immutable = frozenset({
        "name", "location", "instanceOwners", "disableProxyAccess", "gceSetup.containerImage", "gceSetup.disablePublicIp",
        "gceSetup.bootDisk.diskEncryption", "gceSetup.bootDisk.kmsKey", "gceSetup.networkInterfaces",
        "gceSetup.serviceAccounts", "gceSetup.tags", "gceSetup.vmImage",
    })  # fmt: skip
    encrypted_by = "gceSetup.bootDisk.kmsKey"
    key_agents = ("notebooks", "compute")
    defaults = {"desiredState": "ACTIVE", "disableProxyAccess": False}

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return f"projects/{given['project']}/locations/{given['location']}/instances/{given['name']}"

    def faults(self, given: Properties) -> Iterator[Fault]:
        """Yield more owners or images than Google takes, and what the twin does not know."""
        setup, owners = given.get("gceSetup", {}), given.get("instanceOwners")
        if setup != UNKNOWN and (strangers := sorted(set(setup) - SETUP)):
            yield Fault("gceSetup", f"the twin does not know {', '.join(strangers)}; it knows {', '.join(sorted(SETUP))}")
        if isinstance(owners, list) and len(owners) > 1:
            yield Fault("instanceOwners", "an instance has one owner at most")
        if dig(setup, "vmImage") and dig(setup, "containerImage"):
            yield Fault("gceSetup", "an instance starts from `vmImage` or from `containerImage`, not from both")

    def check(self, store: Store, given: Properties) -> None:
        """Refuse an account or a subnet that does not exist, and a subnet of another region than the machine's."""
        if account := dig(given, "gceSetup.serviceAccounts.email"):
            require_account(store, account)
        if subnet := dig(given, "gceSetup.networkInterfaces.subnet"):
            region, zone = require_there(store, Subnetwork(), subnet)["region"], given["location"]
            if not zone.startswith(f"{region}-"):
                raise Refused(f"{subnet} is in {region}, the instance in {zone}", "put both into one region")
