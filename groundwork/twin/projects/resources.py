"""Projects: the services enabled in them, the agents that act for those services, and what holds for all of a project."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping

from groundwork.twin.core.resource_type import Fault, Properties, ResourceType, known
from groundwork.twin.core.store import Refused, Store


class Service(ResourceType):
    """An API that is switched on."""

    type = "gcp:projects/service:Service"
    api = ""
    required = frozenset({"service"})
    optional = frozenset({"disableDependentServices"})
    immutable = frozenset({"service"})
    defaults = {"disableOnDestroy": False}
    adopts = True

    def id(self, given: Properties) -> str:
        """Return `project/service`."""
        return f"{given['project']}/{given['service']}"

    def survives(self, given: Properties) -> bool:
        """Stay enabled unless the program said otherwise: other things in the project may use it."""
        return not given["disableOnDestroy"]


class ServiceIdentity(ResourceType):
    """The service agent of one API: made early, because some agents exist only after their API was used for the first time."""

    type = "gcp:projects/serviceIdentity:ServiceIdentity"
    api = ""
    required = frozenset({"service"})
    immutable = frozenset({"service"})
    adopts = True

    def id(self, given: Properties) -> str:
        """Return Google's name of it."""
        return f"projects/{given['project']}/services/{given['service']}"

    def outputs(self, given: Properties) -> Properties:
        """Return the agent's e-mail, and how grants name it."""
        email = agent(given["project"], given["service"])
        return {"email": email, "member": f"serviceAccount:{email}"}

    def survives(self, given: Properties) -> bool:
        """Stay: Google has no way to delete a service agent."""
        _ = given
        return True


class Project(ResourceType):
    """A project that the program makes. Every other is there already: the twin asks nobody for it."""

    type = "gcp:organizations/project:Project"
    api = ""
    required = frozenset({"projectId", "name"})
    optional = frozenset({"billingAccount", "folderId", "labels", "orgId"})
    immutable = frozenset({"projectId"})
    defaults = {"autoCreateNetwork": True, "deletionPolicy": "PREVENT"}

    def id(self, given: Properties) -> str:
        """Return Google's name of it."""
        return f"projects/{given['projectId']}"

    def outputs(self, given: Properties) -> Properties:
        """Return its number."""
        return {"number": str(number(given["projectId"]))}

    def faults(self, given: Properties) -> Iterator[Fault]:
        """Yield two places for one project, and a network that the twin would not make.

        https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/google_project#folder_id.
        """
        if given.get("folderId") and given.get("orgId"):
            yield Fault("folderId", "a project is in one place: give `folderId` or `orgId`")
        if given["autoCreateNetwork"]:
            yield Fault("autoCreateNetwork", "the twin makes no default network; set it to false")

    def check(self, store: Store, given: Properties) -> None:
        """Refuse the id of a project that is in use: nobody on Google may have it twice, nor later again.

        https://cloud.google.com/resource-manager/docs/creating-managing-projects#before_you_begin. Service agents tell that it
        is: the secrets that people make are on the twin before any project.
        """
        made = store.get(self.type, self.id(given))
        used = any(agent["project"] == given["projectId"] for _, agent in store.all(ServiceIdentity.type))
        if not made and used:
            raise Refused(f"project {given['projectId']} is there already", "adopt it: leave out how it would be made")

    def remove(self, store: Store, given: Properties) -> None:
        """Refuse as Google's provider does by itself.

        https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/google_project#deletion_policy.
        """
        _ = store
        if given["deletionPolicy"] == "PREVENT":
            way_out = "to keep it and forget it here, take it out of the state with `pulumi state delete`"
            raise Refused(f"project {given['projectId']} is not deleted: its `deletionPolicy` is PREVENT", way_out)

    def survives(self, given: Properties) -> bool:
        """Stay where the program only lets go of it."""
        return bool(given["deletionPolicy"] == "ABANDON")


class AuditConfig(ResourceType):
    """What the audit log of a project holds for one service, or for all."""

    type = "gcp:projects/iAMAuditConfig:IAMAuditConfig"
    api = ""
    required = frozenset({"auditLogConfigs", "service"})
    immutable = frozenset({"service"})
    adopts = True

    def id(self, given: Properties) -> str:
        """Return Google's provider's name of it."""
        return f"{given['project']}/audit_config/{given['service']}"

    def faults(self, given: Properties) -> Iterator[Fault]:
        """Yield kinds of log that there are not (https://cloud.google.com/iam/docs/reference/rest/v1/Policy#LogType)."""
        for entry in given["auditLogConfigs"] if known(given["auditLogConfigs"]) else ():
            if entry.get("logType") not in {"ADMIN_READ", "DATA_READ", "DATA_WRITE"}:
                yield Fault("auditLogConfigs", f"`logType` is {entry.get('logType')}: ADMIN_READ, DATA_READ or DATA_WRITE")


class DefaultAccounts(ResourceType):
    """What becomes of the service accounts that Google makes by itself. The twin makes none: there is nothing to take away."""

    type = "gcp:projects/defaultServiceAccounts:DefaultServiceAccounts"
    api = ""
    required = frozenset({"action"})
    defaults = {"restorePolicy": "REVERT"}
    supported = {"action": re.compile("DEPRIVILEGE|DISABLE")}
    adopts = True

    def id(self, given: Properties) -> str:
        """Return Google's provider's name of it."""
        return f"projects/{given['project']}"


OLDER: Mapping[str, str] = {
    "bigquery": "bq-@bigquery-encryption",
    "compute": "service-@compute-system",
    "storage": "service-@gs-project-accounts",
}
"""Agents with names of another form. They are there as soon as anybody can ask for them: with the API."""


def number(project: str) -> int:
    """Return a project's number: twelve digits, as Google's; on the twin they follow from its id."""
    return 10**11 + int(hashlib.sha256(project.encode()).hexdigest(), 16) % (9 * 10**11)


def agent(project: str, service: str) -> str:
    """Return the e-mail of a service's agent in a project.

    https://cloud.google.com/iam/docs/service-agents lists them: `gcp-sa-` and the service's short name for nearly all.
    """
    short = service.removesuffix(".googleapis.com")
    name = OLDER.get(short, f"service-@gcp-sa-{short}").replace("-@", f"-{number(project)}@")
    return f"{name}.iam.gserviceaccount.com"
