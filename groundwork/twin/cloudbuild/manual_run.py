"""Runs a trigger on request, as `gcloud builds triggers run` does.

Google asks for the right to create builds in the project, and for none on the account that the trigger's build runs as. The
caller may choose the commit, and give each of the trigger's substitutions another value
(https://cloud.google.com/sdk/gcloud/reference/builds/triggers/run), but cannot change anything in the build itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from groundwork.ports.builds import Build
from groundwork.ports.errors import Absent, Conflict
from groundwork.twin.cloudbuild.build_request import BuildRequest, for_message, for_trigger
from groundwork.twin.cloudbuild.connections import Repository
from groundwork.twin.cloudbuild.matching import Push
from groundwork.twin.cloudbuild.run import run_build
from groundwork.twin.cloudbuild.triggers import Trigger
from groundwork.twin.core.resource_type import Properties
from groundwork.twin.core.store import Store
from groundwork.twin.github.repositories import repository_path
from groundwork.twin.iam.permissions import require


def run_trigger(  # noqa: PLR0913, PLR0917  each is an option of Google's
    store: Store,
    identity: str | None,
    trigger: str,
    push: Push,
    substitutions: Mapping[str, str],
    stream: TextIO,
    cancelled: Callable[[], str],
) -> Build:
    """Run the build of a trigger, by its id, on a commit; raises Denied, Absent, or Conflict where it waits for approval."""
    row = store.get(Trigger.type, trigger)
    if row is None or not row.ready:
        raise Absent(f"trigger {trigger} does not exist", "create it with `pulumi up`")
    require(store, identity, "cloudbuild.builds.create", f"projects/{row.inputs['project']}")
    if (row.inputs.get("approvalConfig") or {}).get("approvalRequired"):
        way_out = "ask a person with cloudbuild.builds.approve to approve it on Google"
        raise Conflict(f"a build of {row.inputs['name']} waits for approval, which the twin does not know", way_out)
    return run_build(store, _request(store, row.inputs, push, substitutions), stream, cancelled)


def _request(store: Store, trigger: Properties, push: Push, substitutions: Mapping[str, str]) -> BuildRequest:
    if not trigger.get("repositoryEventConfig"):
        request = for_message(trigger, {})
    else:
        request = for_trigger(trigger, _repository(store, trigger["repositoryEventConfig"]["repository"]), push)
    return replace(request, external={**request.external, **substitutions}, by="ran it by hand")


def _repository(store: Store, id_: str) -> Path:
    row = store.get(Repository.type, id_)
    if row is None:
        raise Absent(f"repository {id_} does not exist", "create it with `pulumi up`")
    return repository_path(store, str(row.inputs["remoteUri"]))
