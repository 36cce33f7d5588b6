"""A data scientist's own Vertex AI Workbench instance.

Owns the machine, the identity of its notebooks, and the owner's permission to use that identity. Does not own the network: its
subnet needs Private Google Access, because the machine has no public address.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp

from components.service_account import ServiceAccount, ServiceAccountArgs

_ZONE = re.compile(r"^[a-z]+-[a-z]+[0-9]+-[a-z]$")


@dataclass(frozen=True, kw_only=True)
class NetworkInterface:
    """The network and subnet of a machine."""

    network: pulumi.Input[str]
    """`projects/…/global/networks/…`."""

    subnet: pulumi.Input[str]
    """`projects/…/regions/…/subnetworks/…`, with Private Google Access."""


@dataclass(frozen=True, kw_only=True)
class WorkbenchArgs:
    """One instance for one person."""

    workbench: str
    """Name of the instance and of its service account."""

    project: str
    """The project that pays for the instance."""

    zone: str
    """The machine's zone, like europe-west2-b."""

    owner: str
    """E-mail address of the only person who may open the instance."""

    labels: Mapping[str, str]
    """Labels of client, environment and managing tool."""

    reads: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Ids of BigQuery datasets that its notebooks may read, keyed by a stable name. It writes to none: results come from
    pushes."""

    protect: bool = True
    """Refuse to destroy or replace the machine: work that its owner has not pushed exists only on its disk."""

    interface: NetworkInterface | None = None
    """None: the project's default network."""

    key: pulumi.Input[str] | None = None
    """Full name of the Cloud KMS key that encrypts the disks; the service's agent must have access to it. None: Google's own
    key."""

    machine_type: str = "e2-standard-4"
    """A machine type of Compute Engine."""

    idle_minutes: int = 60
    """Stop the machine after this many minutes without a running kernel; 10 to 1440."""

    def __post_init__(self) -> None:
        if not _ZONE.match(self.zone):
            raise ValueError(f"{self.zone!r} is not a zone: use a region and a letter, like europe-west2-b")
        if not 10 <= self.idle_minutes <= 1440:  # noqa: PLR2004  Google's limits
            raise ValueError(f"idle_minutes is {self.idle_minutes}: use 10 to 1440")


class Workbench(pulumi.ComponentResource):
    """A private, shielded instance without root access, and its identity.

    Produces `<name>` (gcp.workbench.Instance and, through `ServiceAccount`, gcp.serviceaccount.Account), `<name>-queries` and
    `<name>-logs` (gcp.projects.IAMMember), `<name>-reads-<key>` (gcp.bigquery.DatasetAccess) and `<name>-user-owner`
    (gcp.serviceaccount.IAMMember).
    """

    instance: pulumi.Output[str]
    """The instance's name."""

    def __init__(self, name: str, args: WorkbenchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundwork:workbench:Workbench", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        account = ServiceAccount(name, _identity(args), child)
        instance = gcp.workbench.Instance(
            name,
            name=args.workbench,
            project=args.project,
            location=args.zone,
            instance_owners=[args.owner],
            gce_setup=_machine(args, account.email),
            labels=args.labels,
            # Google adds its own metadata, and starts and stops machines: an `up` must revert neither. The drawback: a changed
            # idle time applies only to new instances.
            opts=child.merge(pulumi.ResourceOptions(ignore_changes=["gceSetup.metadata", "desiredState"], protect=args.protect)),
        )

        self.instance = instance.name
        self.register_outputs({"instance": self.instance})


def _identity(args: WorkbenchArgs) -> ServiceAccountArgs:
    return ServiceAccountArgs(
        account_id=args.workbench,
        project=args.project,
        display_name=f"Notebooks of {args.owner}",
        roles={"queries": "roles/bigquery.jobUser"},
        reads=args.reads,
        users={"owner": f"user:{args.owner}"},
    )


def _machine(args: WorkbenchArgs, account: pulumi.Output[str]) -> gcp.workbench.InstanceGceSetupArgsDict:
    machine: gcp.workbench.InstanceGceSetupArgsDict = {
        "machine_type": args.machine_type,
        "vm_image": {"project": "cloud-notebooks-managed", "family": "workbench-instances"},
        "boot_disk": None if args.key is None else {"disk_encryption": "CMEK", "kms_key": args.key},
        "data_disks": None if args.key is None else {"disk_encryption": "CMEK", "kms_key": args.key},
        "disable_public_ip": True,
        "shielded_instance_config": {
            "enable_secure_boot": True,
            "enable_vtpm": True,
            "enable_integrity_monitoring": True,
        },
        "service_accounts": [{"email": account}],
        "metadata": {"idle-timeout-seconds": str(args.idle_minutes * 60), "notebook-disable-root": "true"},
    }
    if args.interface:
        machine["network_interfaces"] = [{"network": args.interface.network, "subnet": args.interface.subnet}]
    return machine
