"""Projects: their enabled services, the agents that act for those services, and settings of the whole project."""

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

    def id(self, inputs: Properties) -> str:
        """Return `project/service`."""
        return f"{inputs['project']}/{inputs['service']}"

    def survives(self, inputs: Properties) -> bool:
        """Stay enabled unless the program said otherwise: other things in the project may use it."""
        return not inputs["disableOnDestroy"]


class ServiceIdentity(ResourceType):
    """The service agent of one API: made early, because some agents exist only after their API was used for the first time."""

    type = "gcp:projects/serviceIdentity:ServiceIdentity"
    api = ""
    required = frozenset({"service"})
    immutable = frozenset({"service"})
    adopts = True

    def id(self, inputs: Properties) -> str:
        """Return Google's name of it."""
        return f"projects/{inputs['project']}/services/{inputs['service']}"

    def outputs(self, inputs: Properties) -> Properties:
        """Return the agent's e-mail, and how grants name it."""
        email = agent(inputs["project"], inputs["service"])
        return {"email": email, "member": f"serviceAccount:{email}"}

    def survives(self, inputs: Properties) -> bool:
        """Stay: Google has no way to delete a service agent."""
        _ = inputs
        return True


class Project(ResourceType):
    """A project that the program makes. All others exist already: the twin does not check them."""

    type = "gcp:organizations/project:Project"
    api = ""
    required = frozenset({"projectId", "name"})
    optional = frozenset({"billingAccount", "folderId", "labels", "orgId"})
    immutable = frozenset({"projectId"})
    defaults = {"autoCreateNetwork": True, "deletionPolicy": "PREVENT"}

    def id(self, inputs: Properties) -> str:
        """Return Google's name of it."""
        return f"projects/{inputs['projectId']}"

    def outputs(self, inputs: Properties) -> Properties:
        """Return its number."""
        return {"number": str(number(inputs["projectId"]))}

    def faults(self, inputs: Properties) -> Iterator[Fault]:
        """Yield two places for one project, and a network that the twin would not make.

        https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/google_project#folder_id.
        """
        if inputs.get("folderId") and inputs.get("orgId"):
            yield Fault("folderId", "a project is in one place: give `folderId` or `orgId`")
        if inputs["autoCreateNetwork"]:
            yield Fault("autoCreateNetwork", "the twin makes no default network; set it to false")

    def check(self, store: Store, inputs: Properties) -> None:
        """Refuse the id of a project that is in use: Google never gives an id twice.

        https://cloud.google.com/resource-manager/docs/creating-managing-projects#before_you_begin. A service agent
        shows that it is in use; secrets do not, because people make those on the twin before any project.
        """
        made = store.get(self.type, self.id(inputs))
        used = any(agent["project"] == inputs["projectId"] for _, agent in store.all(ServiceIdentity.type))
        if not made and used:
            raise Refused(f"project {inputs['projectId']} is there already", "adopt it: leave out the settings for its creation")

    def remove(self, store: Store, inputs: Properties) -> None:
        """Refuse as Google's provider does by itself.

        https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/google_project#deletion_policy.
        """
        _ = store
        if inputs["deletionPolicy"] == "PREVENT":
            way_out = "run `pulumi state delete` to keep the project and remove it from the state"
            raise Refused(f"project {inputs['projectId']} is not deleted: its `deletionPolicy` is PREVENT", way_out)

    def survives(self, inputs: Properties) -> bool:
        """Stay where the program only lets go of it."""
        return bool(inputs["deletionPolicy"] == "ABANDON")


class AuditConfig(ResourceType):
    """The settings of a project's audit log for one service, or for all."""

    type = "gcp:projects/iAMAuditConfig:IAMAuditConfig"
    api = ""
    required = frozenset({"auditLogConfigs", "service"})
    immutable = frozenset({"service"})
    adopts = True

    def id(self, inputs: Properties) -> str:
        """Return Google's provider's name of it."""
        return f"{inputs['project']}/audit_config/{inputs['service']}"

    def faults(self, inputs: Properties) -> Iterator[Fault]:
        """Yield kinds of log that there are not (https://cloud.google.com/iam/docs/reference/rest/v1/Policy#LogType)."""
        for entry in inputs["auditLogConfigs"] if known(inputs["auditLogConfigs"]) else ():
            if entry.get("logType") not in {"ADMIN_READ", "DATA_READ", "DATA_WRITE"}:
                yield Fault("auditLogConfigs", f"`logType` is {entry.get('logType')}: ADMIN_READ, DATA_READ or DATA_WRITE")


class DefaultAccounts(ResourceType):
    """The treatment of service accounts that Google makes by itself. The twin makes none, so this has no effect."""

    type = "gcp:projects/defaultServiceAccounts:DefaultServiceAccounts"
    api = ""
    required = frozenset({"action"})
    defaults = {"restorePolicy": "REVERT"}
    supported = {"action": re.compile("DEPRIVILEGE|DISABLE")}
    adopts = True

    def id(self, inputs: Properties) -> str:
        """Return Google's provider's name of it."""
        return f"projects/{inputs['project']}"


OLDER: Mapping[str, str] = {
    "bigquery": "bq-@bigquery-encryption",
    "compute": "service-@compute-system",
    "storage": "service-@gs-project-accounts",
}
"""Agents with names of another form. They exist as soon as the API is enabled."""


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
