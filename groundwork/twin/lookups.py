"""Look-ups of a program: the service agents that Google makes when they are first asked for.

https://cloud.google.com/storage/docs/getting-service-agent, and `projects.getServiceAccount` of BigQuery's API.
"""

from __future__ import annotations

from collections.abc import Mapping

from groundwork.twin.core.resource_type import Properties
from groundwork.twin.core.store import Store
from groundwork.twin.lifecycle import require_api
from groundwork.twin.projects.resources import agent

AGENTS: Mapping[str, str] = {
    "gcp:bigquery/getDefaultServiceAccount:getDefaultServiceAccount": "bigquery",
    "gcp:storage/getProjectServiceAccount:getProjectServiceAccount": "storage",
}
"""The service that each function of the SDK asks about."""


def agent_of(store: Store, function: str, project: str) -> Properties:
    """Return the function's answer; raises Refused where the service is not enabled."""
    require_api(store, project, f"{AGENTS[function]}.googleapis.com")
    return answer(function, project)


def answer(function: str, project: str) -> Properties:
    """Return the function's answer where the service is enabled."""
    email = agent(project, AGENTS[function])
    address = "email" if AGENTS[function] == "bigquery" else "emailAddress"
    return {address: email, "id": email, "member": f"serviceAccount:{email}", "project": project}
