"""Projects: the services enabled in them, and the agents that act for those services."""

from __future__ import annotations

import hashlib
import re

from groundwork.twin.services.kind import PROJECT, Kind, Properties


class Service(Kind):
    """An API that is switched on."""

    type = "gcp:projects/service:Service"
    api = ""
    required = frozenset({"service"})
    optional = frozenset({"disableDependentServices"})
    immutable = frozenset({"service"})
    defaults = {"disableOnDestroy": False}
    patterns = {"service": re.compile(r"[a-z0-9.-]+\.googleapis\.com"), "project": PROJECT}
    adopts = True

    def id(self, given: Properties) -> str:
        """Return `project/service`."""
        return f"{given['project']}/{given['service']}"

    def survives(self, given: Properties) -> bool:
        """Stay enabled unless the program said otherwise: other things in the project may use it."""
        return not given["disableOnDestroy"]


class ServiceIdentity(Kind):
    """The service agent of one API: made early, because some agents exist only after their API was used for the first time."""

    type = "gcp:projects/serviceIdentity:ServiceIdentity"
    api = ""
    required = frozenset({"service"})
    immutable = frozenset({"service"})
    patterns = Service.patterns
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


def number(project: str) -> int:
    """Return a project's number: twelve digits, as Google's; on the twin they follow from its id."""
    return 10**11 + int(hashlib.sha256(project.encode()).hexdigest(), 16) % (9 * 10**11)


def agent(project: str, service: str) -> str:
    """Return the e-mail of a service's agent in a project.

    https://cloud.google.com/iam/docs/service-agents lists them: `gcp-sa-` and the service's short name for nearly all.
    """
    return f"service-{number(project)}@gcp-sa-{service.removesuffix('.googleapis.com')}.iam.gserviceaccount.com"
